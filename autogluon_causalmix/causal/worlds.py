"""Worlds: what a structural causal model is after soft interventions on its exogenous noise.

In a world the noise of some columns has another distribution, and a root, which has no causes, is its own noise.
A number's noise is stretched and moved; the probabilities of a category's levels are multiplied by factors, which
is what moving the noise of a choice among levels does. Every mechanism stays what it was: effects of a changed
column follow as they would have.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["SoftChange", "World", "random_world"]

#: Share of the columns that are intervened on in a random world.
INTERVENED = 0.5
#: Spread of a noise's stretching, in logs, at strength 1.
STRETCH = 0.5


@dataclass(frozen=True)
class SoftChange:
    """What happens to one column's noise.

    Attributes
    ----------
    shift, scale
        A number's noise becomes ``scale * noise + shift * spread``, spread being its standard deviation.
    tilt
        Logarithms ``(n_levels,)`` of the factors of a category's probabilities.
    """

    shift: float = 0.0
    scale: float = 1.0
    tilt: np.ndarray | None = None

    def of_noise(self, noise: np.ndarray, spread: float) -> np.ndarray:
        """Noise of any shape in this world."""
        return self.scale * noise + self.shift * spread

    def of_levels(self, chances: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Codes ``(n,)`` of levels whose probabilities were ``(n, n_levels)``, by noise ``(n,)`` in [0, 1)."""
        tilted = chances * np.exp(self.tilt - self.tilt.max())
        edges = tilted.cumsum(axis=1)
        return (uniform[:, None] * edges[:, -1:] >= edges[:, :-1]).sum(axis=1)


#: Changes by the position of the column.
World = Mapping[int, SoftChange]


def random_world(
    n_levels: Sequence[int], strength: float, rng: np.random.Generator, untouched: Collection[int] = ()
) -> dict[int, SoftChange]:
    """Draw a world.

    Parameters
    ----------
    n_levels
        Levels of every column's category, 0 for a number.
    strength
        Standard deviation of a shift, in those of the noise, and of a tilt; 0 changes nothing.
    untouched
        Positions of columns that nobody intervenes on.
    """
    columns = [j for j in range(len(n_levels)) if j not in untouched]
    if not columns:
        return {}
    chosen = [j for j in columns if rng.random() < INTERVENED] or [columns[int(rng.integers(len(columns)))]]
    world = {}
    for j in chosen:
        if n_levels[j]:
            world[j] = SoftChange(tilt=strength * rng.standard_normal(n_levels[j]))
        else:
            shift, stretch = strength * rng.standard_normal(2)
            world[j] = SoftChange(float(shift), float(np.exp(STRETCH * stretch)))
    return world
