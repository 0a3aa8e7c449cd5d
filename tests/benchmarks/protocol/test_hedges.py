"""Several fits in one cell: options of each, what two give together, and what is told of it."""

import numpy as np
import pandas as pd
import torch

from benchmarks.grid.cell import plain
from benchmarks.protocol import hedges
from benchmarks.protocol.domain_tables import DOMAIN
from benchmarks.protocol.hedges import FITS, OTHER_SEED, PAIRS, like_training, merged, resolved, under_shift
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.scores import scores
from benchmarks.protocol.shifts_natural import DomainShift
from benchmarks.protocol.splits import LowData


def test_a_fit_that_is_made_again_differs_in_its_seed_alone():
    options = resolved({"n_views": 2}, Setting(3))
    for name in ("causalmix", "default"):
        assert options[name] | {"seed": 3 + OTHER_SEED} == options[f"{name} again"] and options[name]["seed"] == 3
    assert options["default"]["mix_ratio"] == 0 and options["copula"]["generator"] == "copula"


def test_every_fit_and_every_pair_is_scored(cell_of, monkeypatch):
    kept, of_rows = {}, []
    spied = hedges.merged

    def spy(first, second):
        kept[len(kept)] = first, second, spied(first, second)
        return kept[len(kept) - 1][2]

    monkeypatch.setattr(hedges, "merged", spy)
    monkeypatch.setattr(hedges, "scores", lambda test, p: of_rows.append(p) or scores(test, p))
    found = like_training(cell_of(resolved, LowData(rows=100), "benchmarks.protocol.hedges:like_training", n_views=2))
    assert plain(found) and found["seconds"] > 0
    models = found["by_model"]
    scored = dict(zip(models, of_rows, strict=True))
    assert set(models) == {*FITS, *(f"{pair} {how}" for pair in PAIRS for how in ("averaged", "merged"))}
    assert all(one["auc"] > 0.8 for one in models.values()) and not any(models[name]["fallbacks"] for name in FITS)
    assert {name for name, one in models.items() if "validated" in one} == set(FITS)
    assert [models[name]["mix_ratio"] for name in FITS] == [0.5, 0, 0.5, 0.5, 0]
    first, second, both = kept[0]
    ours, theirs, mean = (fit.members[0].learner.model.state_dict() for fit in (first, second, both))
    for name, weight in mean.items():
        torch.testing.assert_close(weight, (ours[name] + theirs[name]) / 2)
    assert [view.order.tolist() for view in both.members[0].views] == [
        view.order.tolist() for view in first.members[0].views
    ]
    rows = pd.DataFrame({"x": [0.1, -1.0], "z": [0.0, 1.0], DOMAIN: pd.Categorical(["p", "q"])})
    p = [fit.predict_proba(rows) for fit in (first, second)]
    np.testing.assert_allclose(scored["SCM and real averaged"], (scored["causalmix"] + scored["default"]) / 2)
    with torch.no_grad():  # both may have kept the untuned weights
        for weight in second.members[0].learner.model.parameters():
            weight.mul_(1.1)
    assert not np.allclose(merged(first, second).predict_proba(rows), p[0]), "the first fit is not the soup"
    np.testing.assert_array_equal(first.predict_proba(rows), p[0]), "and stays as it was"


def test_under_shift_both_tests_are_scored(cell_of):
    found = under_shift(cell_of(resolved, DomainShift(rows=100), "benchmarks.protocol.hedges:under_shift", n_views=2))
    assert plain(found)
    for one in found["by_model"].values():
        assert one["in_auc"] > 0.8 and one["out_auc"] > 0.8 and len(one["by_domain"]) == 2
