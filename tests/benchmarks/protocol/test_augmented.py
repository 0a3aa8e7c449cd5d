"""Cells of the study of augmentation: what they resolve to, and what is measured."""

import pytest

from benchmarks.grid.cell import Cell
from benchmarks.protocol.augmented import in_autogluon, model_with_rows
from benchmarks.protocol.content import content_of
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.splits import LowData
from benchmarks.protocol.tables import DATASETS
from benchmarks.studies.augment import STUDY


def test_a_plain_model_has_no_rows_and_a_mixed_one_says_how_many():
    plain = model_with_rows({"model": "RF"}, Setting(3))
    assert plain == {"model": "RF", "options": {}, "time_limit": None, "seed": 3}
    mixed = model_with_rows({"model": "RF", "generator": "copula", "time_limit": 5.0}, Setting(3))
    assert mixed["options"] == {"mix_ratio": 0.5, "generator": "copula"} and mixed["time_limit"] == 5.0


def test_the_tables_are_half_at_even_and_half_at_odd_places():
    places = [DATASETS.index(name) for name in STUDY.datasets]
    assert len(places) == len(set(places)) == 12 and sum(place % 2 for place in places) == 6
    assert len(STUDY.methods) == 24 and STUDY.n_cells == 12 * 5 * 2 * 24


@pytest.mark.slow
def test_mixed_and_plain_cells_are_measured_on_the_same_rows():
    def measured(**method):
        return in_autogluon(
            Cell(
                "m",
                STUDY.measure,
                "wine",
                content_of("wine"),
                LowData(rows=80, validation=0.0),
                model_with_rows(method, Setting(1)),
                "1",
            )
        )

    plain, mixed = measured(model="RF"), measured(model="RF", generator="copula")
    assert plain["training_rows"] == mixed["training_rows"] == 80 and "real_rows" not in plain
    assert mixed["real_rows"] == mixed["synthetic_rows"] == 64 and not mixed["fallbacks"]
    assert 0.8 < plain["auc"] <= 1 and 0.8 < mixed["auc"] <= 1 and plain["log_loss"] != mixed["log_loss"]
    again = measured(model="RF", generator="copula")
    assert again["shared"] and again["auc"] == mixed["auc"]
    same = measured(model="RF", generator="copula", mix_ratio=0)
    assert (same["auc"], same["log_loss"]) == (plain["auc"], plain["log_loss"]), "one seed for both"
