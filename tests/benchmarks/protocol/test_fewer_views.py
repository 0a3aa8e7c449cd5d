"""Fits in several numbers of views in one cell: options, averages, and what validation chooses."""

import numpy as np
import pytest

from benchmarks.grid.cell import plain
from benchmarks.protocol import fewer_views, hedges
from benchmarks.protocol.fewer_views import CHOSEN, FITS, PAIRS, like_training, resolved, under_shift
from benchmarks.protocol.hedges import OTHER_SEED
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.scores import row_losses, scores
from benchmarks.protocol.shifts_natural import DomainShift
from benchmarks.protocol.splits import LowData


def test_fits_differ_in_their_views_and_those_made_again_in_their_seed_alone():
    options = resolved({"method": "causalmix"}, Setting(3))
    assert {name: one["n_views"] for name, one in options.items()} == {
        "six": 6,
        "six again": 6,
        "three": 3,
        "three again": 3,
        "one": 1,
    }
    for name in ("six", "three"):
        assert options[name] | {"seed": 3 + OTHER_SEED} == options[f"{name} again"] and options[name]["seed"] == 3
    assert options["one"] | {"n_views": 6} == options["six"] and options["one"]["mix_ratio"] == 0.5


@pytest.mark.parametrize("wins", ["six", "one"])
def test_everything_is_scored_and_validation_chooses(cell_of, monkeypatch, wins):
    tested, validated = [], []
    monkeypatch.setattr(hedges, "scores", lambda test, p: tested.append(p) or scores(test, p))

    def losses(rows, p):
        """That of the fit that is to win is made the lowest."""
        validated.append(len(p))
        name = [*FITS, *PAIRS][len(validated) - 1]
        return row_losses(rows, p) + (name != wins)

    monkeypatch.setattr(fewer_views, "row_losses", losses)
    found = like_training(
        cell_of(resolved, LowData(rows=100), "benchmarks.protocol.fewer_views:like_training", method="causalmix")
    )
    assert plain(found) and found["seconds"] > 0 and set(validated) == {20}
    models = found["by_model"]
    scored = dict(zip(models, tested, strict=True))
    assert set(models) == {*FITS, *PAIRS, *CHOSEN} and all(one["auc"] > 0.8 for one in models.values())
    assert {name for name, one in models.items() if "kept" in one} == set(FITS)
    assert not any(models[name]["fallbacks"] for name in FITS)
    for name, (first, second) in PAIRS.items():
        np.testing.assert_allclose(scored[name], (scored[first] + scored[second]) / 2)
    assert models["six or one"]["taken"] == wins and scored["six or one"] is scored[wins]
    assert models["six or one"]["validated"] == min(one["validated"] for one in models.values())


def test_under_shift_both_tests_are_scored(cell_of):
    found = under_shift(
        cell_of(resolved, DomainShift(rows=100), "benchmarks.protocol.fewer_views:under_shift", method="causalmix")
    )
    assert plain(found)
    for one in found["by_model"].values():
        assert one["in_auc"] > 0.8 and one["out_auc"] > 0.8 and len(one["by_domain"]) == 2
