"""A second fit on real rows alone: what is chosen and averaged, and when there is none."""

import pickle

import numpy as np
import pytest

from autogluon_causalmix.finetune import hedging
from autogluon_causalmix.finetune.hedging import ALONE, KEPT_WITHIN, MIXING, hedged
from autogluon_causalmix.finetune.trainer import TrainResult
from autogluon_causalmix.finetune.tuner import TunedMember
from autogluon_causalmix.journal import Journal

from .conftest import blobs, estimator

#: Synthetic rows that teach the opposite, so that the two fits differ.
MIXES = {"generator": "mixup", "mix_ratio": 0.5, "lr": 0.01, "fine_tune_steps": 4}


def tuned(*scores, kept=1, pooled=()):
    """Members whose validation scores are ``scores`` at the step that they kept."""
    results = [TrainResult(2, kept, scores=(9.0, score, 0.0) if score is not None else ()) for score in scores]
    return [TunedMember(f"member of {score}", TrainResult(**vars(r) | {"pooled": pooled}), None) for score, r in
            zip(scores, results, strict=True)]  # fmt: skip


@pytest.mark.parametrize(
    ("mixing", "alone", "keeps"),
    [(0.4, 0.5, True), (0.4, 0.4 - 0.9 * KEPT_WITHIN, True), (0.4, 0.4 - 1.1 * KEPT_WITHIN, False), (0.4, None, True)],
)
def test_mixing_is_kept_unless_real_rows_alone_validate_better_by_more_than_the_margin(mixing, alone, keeps):
    found = hedged("chosen", tuned(mixing), tuned(alone), Journal(), is_log_loss=True)
    assert found.mixes is keeps and found.members == [f"member of {mixing if keeps else alone}"]
    assert len(found.tuned) == 1 and found.record["kept"] == (MIXING if keeps else ALONE)
    assert found.record["validation"] == {MIXING: mixing, ALONE: alone}


def test_the_margin_of_another_score_is_a_share_of_it():
    keep, drop = (hedged("chosen", tuned(-0.8), tuned(s), Journal(), is_log_loss=False).mixes for s in (-0.815, -0.825))
    assert keep and not drop


def test_members_count_together_and_one_step_for_all_by_the_pooled_score():
    assert hedged("chosen", tuned(0.5, 0.3), tuned(0.1, 0.68), Journal(), is_log_loss=True).mixes
    assert not hedged("chosen", tuned(0.5, 0.3), tuned(0.1, 0.6), Journal(), is_log_loss=True).mixes
    both = tuned(0.5, 0.3, pooled=(1, 0.2, 1)), tuned(0.1, 0.1, pooled=(1, 0.4, 1))
    by_pool = hedged("chosen", *both, Journal(), is_log_loss=True)
    assert by_pool.mixes and by_pool.record["validation"] == {MIXING: 0.2, ALONE: 0.4}


@pytest.fixture(scope="module")
def fits(tiny_classifier):
    """Data, a fit with rows, one without, and the options of both."""
    X, y = blobs(120)
    options = {"n_views": 2, **MIXES}
    both = [estimator(tiny_classifier, **options | {"mix_ratio": ratio}).fit(X, y) for ratio in (0.5, 0)]
    return X, y, *both, options


def hedge(fits, checkpoint, how, **more):
    X, y, _, _, options = fits
    return estimator(checkpoint, **options, hedge=how, **more).fit(X, y)


@pytest.mark.parametrize("margin", [np.inf, -np.inf])
def test_the_chosen_fit_is_the_one_that_would_have_been_fitted_alone(fits, tiny_classifier, monkeypatch, margin):
    monkeypatch.setattr(hedging, "KEPT_WITHIN", margin)
    X, _, mixing, alone, _ = fits
    found, expected = hedge(fits, tiny_classifier, "chosen"), mixing if margin > 0 else alone
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
    ours, theirs = found.report.to_dict(), expected.report.to_dict()
    same = "step_kept steps_taken validation_scores rows_synthetic_used mix_ratio columns_seen".split()
    assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}
    kept = [of.report.validation_scores[0][of.report.step_kept[0]] for of in (mixing, alone)]
    validated = dict(zip((MIXING, ALONE), kept, strict=True))
    assert found.report.hedge == {"how": "chosen", "kept": MIXING if margin > 0 else ALONE, "validation": validated}
    assert found.report.mixing_kept is (margin > 0) and ours["rows_synthetic_drawn"] > 0


def test_both_fits_predict_together(fits, tiny_classifier):
    X, _, mixing, alone, _ = fits
    separate = [fit.predict_proba(X) for fit in (mixing, alone)]
    averaged = hedge(fits, tiny_classifier, "averaged")
    np.testing.assert_allclose(averaged.predict_proba(X), np.mean(separate, axis=0), rtol=1e-6)
    assert len(averaged.members) == 2 and averaged.report.hedge["kept"] == "both"
    assert averaged.report.step_kept == [fit.report.step_kept[0] for fit in (mixing, alone)]
    assert all(np.abs(averaged.predict_proba(X) - p).max() > 1e-4 for p in separate), "both fits took steps"
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(averaged)).predict_proba(X), averaged.predict_proba(X))


def test_without_rows_or_a_choice_there_is_one_fit(fits, tiny_classifier):
    X, y, _, alone, options = fits
    for without in ({"mix_ratio": 0}, {"generator": "tests.test_hedging:Broken"}):
        found = estimator(tiny_classifier, **options | without, hedge="averaged").fit(X, y)
        assert found.report.hedge is None and len(found.members) == 1
        np.testing.assert_array_equal(found.predict_proba(X), alone.predict_proba(X))
    found = estimator(tiny_classifier, **options | {"holdout_share": 0}, hedge="chosen").fit(X, y)
    assert found.report.hedge is None and found.report.rows_synthetic_used > 0, "nothing to choose by"


@pytest.mark.parametrize(
    ("mixing", "alone", "kept"),
    [([3, 3], [3], MIXING), ([3], [3, 3], ALONE), ([3, 0], [3, 3], ALONE), ([3, 0], [3, 0], MIXING)],
)
def test_the_fit_for_which_there_was_time_is_kept(mixing, alone, kept):
    def members(name, steps):
        results = [TrainResult(n, 0, "steps" if n else "time", scores=(0.5,) if n else ()) for n in steps]
        return [TunedMember(name, result, None) for result in results]

    for how in ("chosen", "averaged"):
        journal = Journal()
        found = hedged(how, members(MIXING, mixing), members(ALONE, alone), journal, is_log_loss=True)
        assert set(found.members) == {kept} == {found.record["kept"]} and found.mixes is (kept == MIXING)
        other = ALONE if kept == MIXING else MIXING
        assert journal.remarks == [f"hedge={how!r}: the time ended before the fit of {other!r} did"]


def test_a_fit_without_time_says_so_and_predicts(fits, tiny_classifier, monkeypatch):
    X, y, _, _, options = fits
    monkeypatch.setattr(TrainResult, "had_time", False)
    found = estimator(tiny_classifier, **options, hedge="averaged").fit(X, y)
    assert len(found.members) == 1 and found.report.hedge["kept"] == MIXING
    assert any("the time ended" in reason for reason in found.report.fallbacks)


def test_each_fit_has_members_views_and_numbers_of_its_own(tiny_classifier):
    X, y = blobs(90)
    seen = []
    options = MIXES | {"n_estimators": 2, "rotate_holdout": True, "pooled_step": True, "n_views": 1}
    found = estimator(tiny_classifier, **options, hedge="averaged").fit(X, y, observe=lambda m: seen.append(m.member))
    assert len(found.members) == 4 and set(seen) == {0, 1, 2, 3}
    report = found.report
    assert len(report.step_kept) == len(report.validation_scores) == len(report.columns_seen) == 4
    assert report.rows_synthetic_used > 0 and report.mix_ratio == 0.5
    assert report.hedge["validation"][MIXING] == pytest.approx(report.pooled_scores[report.step_kept[0]])


def test_a_failed_metric_leaves_the_margin_of_the_loss():
    def member(score, failure):
        return [TunedMember("", TrainResult(2, 0, scores=(score,), score_failure=failure), None)]

    for failure in ("undefined", None):
        found = hedged("chosen", member(1.0, failure), member(0.98, failure), Journal(), is_log_loss=False)
        assert found.mixes is (failure is None), "2.5 % of a score, but .01 of the loss"


def test_numbers_are_hedged_too(tiny_regressor):
    X, _ = blobs(60)
    options = MIXES | {"hf_reg_model": tiny_regressor}
    for how in ("chosen", "averaged"):
        number = estimator(None, "regression", 0, **options, hedge=how).fit(X, X["a"])
        assert number.report.hedge["how"] == how and np.isfinite(number.predict(X)).all()


class Broken:
    """A generator that cannot be fitted."""

    def fit(self, table):
        raise RuntimeError("no rows today")

    def sample(self, n, rng):
        raise NotImplementedError
