"""Simulated tables in which some rows come from worlds where somebody intervened; the causal model is known.

A table is one random model as `simulated` draws them. Most of its rows are observed, the rest come from five
other worlds, one block each, and the column `DOMAIN` says which:

* "parents", "children", "spurious": every cause of the target, every effect of it, or every column that is neither
  its ancestor nor its descendant but goes along with it by a common cause, is moved by `MOVED` of its standard
  deviations, up or down at random. It still listens to its own causes (a soft intervention), its effects follow. A
  category is moved before it is cut, so that its levels become more or less frequent;
* "mechanism": the target listens to its causes in another way, with newly drawn effects;
* "nothing": an intervention of strength zero, the control.

Models are drawn one after the other, and the first ones kept that admit all of this: which model is kept depends
on its graph, on the association of its spurious columns with the target and on class shares, and on no score.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache

import networkx as nx
import numpy as np
import pandas as pd

from benchmarks.protocol.domain_tables import DOMAIN
from benchmarks.protocol.simulated import Effect, Mechanism, SimulatedSCM, added, random_effect, random_model
from benchmarks.protocol.tables import TARGET

__all__ = ["DATASETS", "OBSERVED", "WORLDS", "IntervenedSCM", "load", "model_of", "roles"]

DATASETS = tuple(f"intervened-{number:02d}" for number in range(20))
OBSERVED = "observed"
WORLDS = ("nothing", "parents", "children", "spurious", "mechanism")
#: Rows of the observed world, and of each other one.
OBSERVED_ROWS, WORLD_ROWS = 3000, 1000

SEED = 20_250
#: Standard deviations by which a column is moved.
MOVED = 1.5
#: Least association of a spurious column with the target (Cramér's V over fifths of a number).
LEAST_ASSOCIATION = 0.1
#: Least share of a class in any world.
LEAST_SHARE = 0.05
#: Rows by which models are judged.
JUDGED_ROWS = 5000


@dataclass(frozen=True)
class MixedMechanism(Mechanism):
    """A mechanism of which a share is another one.

    Attributes
    ----------
    others
        Its other effects, of the same causes.
    share
        How much they count, in [0, 1].
    """

    others: dict[str, Effect] = field(default_factory=dict)
    share: float = 0.0

    def with_causes(self, noise: np.ndarray, columns: dict[str, np.ndarray]) -> np.ndarray:
        """Noise ``(n,)`` and the weighted mean of both sums of effects."""
        own, other = (added(np.zeros_like(noise), effects, columns) for effects in (self.effects, self.others))
        return noise + (1 - self.share) * own + self.share * other


@dataclass(frozen=True)
class IntervenedSCM:
    """A model, and what it is in every other world.

    Attributes
    ----------
    observed
        The model in which nobody intervened.
    worlds
        By name, in the order of `WORLDS`.
    """

    observed: SimulatedSCM
    worlds: dict[str, SimulatedSCM]


def roles(graph: nx.DiGraph) -> dict[str, list[str]]:
    """Columns by what they are to the target: "parents", "children", "spurious" (by the graph alone)."""
    causes, effects = nx.ancestors(graph, TARGET), nx.descendants(graph, TARGET)
    others = [name for name in graph if name not in causes | effects | {TARGET}]
    return {
        "parents": sorted(graph.predecessors(TARGET)),
        "children": sorted(graph.successors(TARGET)),
        "spurious": sorted(name for name in others if nx.ancestors(graph, name) & causes),
    }


def intervened(model: SimulatedSCM, world: str, rng: np.random.Generator, strength: float = 1.0) -> SimulatedSCM:
    """Return the model as it is in a world.

    Parameters
    ----------
    rng
        Draws directions and new effects.
    strength
        Times `MOVED`, or the share of the new effects; 0 changes nothing.
    """
    parts = dict(model.mechanisms)
    if world == "mechanism":
        own = parts[TARGET]
        others = {name: random_effect(parts[name], rng) for name in own.effects}
        parts[TARGET] = MixedMechanism(**vars(own), others=others, share=strength)
    elif world != "nothing":
        for name in roles(model.graph)[world]:
            by = strength * MOVED * rng.choice([-1.0, 1.0])
            parts[name] = replace(parts[name], centre=parts[name].centre - by * parts[name].scale)
    return SimulatedSCM(parts, model.order)


@cache
def model_of(name: str) -> IntervenedSCM:
    """Return a table's model in all of its worlds; ValueError for a name that is not in `DATASETS`."""
    if name not in DATASETS:
        raise ValueError(f"no table {name!r}: there are {DATASETS[0]} to {DATASETS[-1]}")
    return _models()[DATASETS.index(name)]


def load(name: str) -> pd.DataFrame:
    """Return the rows of all worlds, always the same ones, with the world of each in the column `DOMAIN`."""
    model = model_of(name)
    rng = np.random.default_rng((SEED, 1, DATASETS.index(name)))
    parts = [model.observed.sample(OBSERVED_ROWS, rng)]
    parts += [world.sample(WORLD_ROWS, rng) for world in model.worlds.values()]
    worlds = np.repeat([OBSERVED, *WORLDS], [len(part) for part in parts])
    return pd.concat(parts, ignore_index=True).assign(**{DOMAIN: pd.Categorical(worlds, (OBSERVED, *WORLDS))})


@cache
def _models() -> list[IntervenedSCM]:
    found, candidates = [], _candidates()
    while len(found) < len(DATASETS):
        model = next(candidates)
        if model is not None:
            found.append(model)
    return found


def _candidates() -> Iterator[IntervenedSCM | None]:
    """Models in the order in which they are drawn; None for one that does not admit all worlds."""
    number = 0
    while True:
        rng = np.random.default_rng((SEED, 0, number))
        number += 1
        model = random_model(rng)
        if not all(roles(model.graph).values()):
            yield None
            continue
        rows = model.sample(JUDGED_ROWS, rng)
        if min(_association(rows[name], rows[TARGET]) for name in roles(model.graph)["spurious"]) < LEAST_ASSOCIATION:
            yield None
            continue
        worlds = {world: intervened(model, world, rng) for world in WORLDS}
        shares = [
            world.sample(JUDGED_ROWS, rng)[TARGET].value_counts(normalize=True).min() for world in worlds.values()
        ]
        yield IntervenedSCM(model, worlds) if min(shares) >= LEAST_SHARE else None


def _association(values: pd.Series, target: pd.Series) -> float:
    """Cramér's V of the target with a category, or with the fifths of a number."""
    from scipy.stats.contingency import association

    if not isinstance(values.dtype, pd.CategoricalDtype):
        values = pd.qcut(values, 5)
    return float(association(pd.crosstab(values, target).to_numpy(), method="cramer"))
