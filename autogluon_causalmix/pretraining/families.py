"""The families of random tables, each a way for features and a target to depend on each other.

Each takes ``(rng, b, n, f, c, noise)``: tables, rows, features, classes and a noise level in
[0, 1], and returns ``(x, scores, y)``: features ``(b, n, f)``, scores ``(b, n, 1 or c)`` that
labels are cut from, or None with labels ``y`` ``(b, n)`` that the family drew itself.
For regression they are called with ``c`` = 1, or with labels that become a target's levels.
"""

from __future__ import annotations

from autogluon_causalmix.pretraining.boundaries import curves, regions
from autogluon_causalmix.pretraining.categories import board, level_effects, lookup, parity, prototypes, rules
from autogluon_causalmix.pretraining.functions import (
    effects,
    forest,
    mixture,
    network,
    polynomial,
    radial,
    structural,
)

__all__ = ["FAMILIES", "FAMILY_WEIGHTS", "REGRESSION_FAMILIES", "REGRESSION_WEIGHTS"]

#: The first six follow the recipe that worked in a trial; the others make room for where its
#: model lagged behind a forest: categories that decide together, sharp boundaries, many classes.
_CLASSIFICATION = {
    structural: 0.14,
    forest: 0.15,
    mixture: 0.07,
    polynomial: 0.04,
    radial: 0.04,
    network: 0.04,
    effects: 0.05,
    level_effects: 0.05,
    rules: 0.09,
    lookup: 0.05,
    parity: 0.02,
    board: 0.10,
    prototypes: 0.05,
    regions: 0.07,
    curves: 0.04,
}
#: Regression asks more of smooth and additive functions, less of groups of rows.
_REGRESSION = {
    structural: 0.26,
    forest: 0.20,
    mixture: 0.04,
    polynomial: 0.11,
    radial: 0.05,
    network: 0.10,
    rules: 0.05,
    prototypes: 0.02,
    effects: 0.17,
}

FAMILIES = {family.__name__: family for family in _CLASSIFICATION}
FAMILY_WEIGHTS = tuple(_CLASSIFICATION.values())
REGRESSION_FAMILIES = {family.__name__: family for family in _REGRESSION}
REGRESSION_WEIGHTS = tuple(_REGRESSION.values())
