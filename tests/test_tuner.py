"""Members: the rows they are validated on, the metric that picks their step, their share of time and memory."""

import pickle

import numpy as np
import pytest
import torch

from autogluon_causalmix.budget import Budget
from autogluon_causalmix.finetune import tuner
from autogluon_causalmix.journal import Journal
from autogluon_causalmix.synthesis.fitting import TIME_SHARE, FittedGenerator

from .conftest import blobs, estimator, seconds_of


def test_a_cut_support_is_the_same_in_validation_and_prediction(tiny_classifier, monkeypatch):
    seen = []

    class Watched(tuner.ValidationPass):
        def __init__(self, learner, views, support, held_out, n_watched=1):
            seen.append(np.sort(support[0][:, 0]))
            super().__init__(learner, views, support, held_out, n_watched)

    monkeypatch.setattr(tuner, "ValidationPass", Watched)
    X, y = blobs(200)
    options = {"max_support": 40, "n_estimators": 2, "random_mirror_x": False, "shuffle_classes": False}
    fitted = estimator(tiny_classifier, **options).fit(X[:150], y[:150], X[150:], y[150:])
    predicted = np.sort(fitted.support.x[:, 0])
    assert len(seen) == 2 and all(np.array_equal(predicted, validated) for validated in seen)


def test_a_metric_that_is_undefined_falls_back_to_the_loss(tiny_classifier):
    from sklearn.metrics import roc_auc_score

    X, y = blobs(12)
    y[:] = 0
    y[5] = 1

    def score(y, p):
        value = roc_auc_score(y, p[:, 1])
        if not np.isfinite(value):
            raise ValueError("one class only")
        return -value

    messages = []
    fitted = estimator(tiny_classifier).fit(X, y, score=score, journal=Journal(messages.append))
    assert fitted.report.validation_name == "log loss"
    assert np.isfinite(fitted.report.validation_scores[0]).all()
    assert any("could not be computed" in reason for reason in fitted.report.fallbacks) and len(messages) == 1


def test_a_metric_that_is_undefined_on_one_members_rows_is_not_named_as_the_one_of_all(tiny_regressor):
    X, _ = blobs(60)
    y = X["a"]

    def score(values, predicted):
        if values.max() < y.max():  # members hold out rows of their own: one of them has this one
            raise ValueError("the largest is missing")
        return float(np.abs(values - predicted).mean())

    score.name = "error"
    rotated = {"n_estimators": 3, "rotate_holdout": True, "mix_ratio": 0}
    report = estimator(tiny_regressor, "regression", 0, **rotated).fit(X, y, score=score).report
    names = {f"error (squared error (target scaled to 0-1) of member {k})" for k in ("1, 2", "1, 3", "2, 3")}
    assert report.validation_name in names


@pytest.mark.slow
@pytest.mark.alone
def test_many_members_keep_the_time_limit(tiny_classifier):
    X, y = blobs(400)
    estimator("mini", fine_tune=False).fit(X, y)  # imports are not what is measured
    one = seconds_of(lambda: estimator("mini", fine_tune_steps=1).fit(X, y))
    many, fitted = estimator("mini", n_estimators=50, fine_tune_steps=1000), []
    took = seconds_of(lambda: fitted.append(many.fit(X, y, budget=Budget.within(2.0))))
    assert took - 2.0 < one, "not one member too many"
    members = fitted[0].members
    assert 1 <= len(members) <= 50
    assert (len(members) < 50) == any("members" in reason for reason in fitted[0].report.fallbacks)
    assert np.isfinite(fitted[0].predict_proba(X[:5])).all()


@pytest.mark.parametrize("n_views", [1, 3])
@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_who_watches_a_fit_can_predict_at_every_step(tiny_classifier, tiny_regressor, kind, n_views):
    """The kept step's prediction is the fitted model's: what is recorded of other rows is what would have come out."""
    X, y = blobs(80)
    seen = []

    def observe(moment):
        seen.append((moment.member, moment.step, moment.score, moment.predict_proba(X[60:])))

    options = {"n_estimators": 2, "lr": 3e-2, "fine_tune_steps": 6, "precision": "float32"}  # as predictions
    options |= {"n_views": n_views, "watched_views": "all" if n_views > 1 else "first"}
    if kind == "regression":
        model = estimator(None, kind, 0, hf_reg_model=tiny_regressor, **options)
    else:
        model = estimator(tiny_classifier, **options)
    watched = model.fit(X[:45], y[:45], X[45:60], y[45:60], observe=observe)
    plain = model.fit(X[:45], y[:45], X[45:60], y[45:60])
    np.testing.assert_array_equal(watched.predict_proba(X), plain.predict_proba(X), "watching changes nothing")
    steps_kept = watched.report.step_kept
    assert [(member, step) for member, step, *_ in seen] == [(k, t) for k in range(2) for t in range(7)]
    assert [score for *_, score, _ in seen[:7]] == watched.report.validation_scores[0]
    mean = np.mean([p for member, step, _, p in seen if step == steps_kept[member]], axis=0)
    np.testing.assert_allclose(mean, watched.predict_proba(X[60:]), atol=1e-6)
    assert not np.allclose(seen[0][3], seen[6][3]), "steps must move the prediction for this to show anything"


def test_members_with_a_holdout_of_their_own_keep_one_step_and_see_no_row_that_they_hold_out(
    tiny_classifier, monkeypatch
):
    X, y = blobs(80)
    X["mark"] = np.arange(80.0)
    seen, original = [], FittedGenerator.to.__func__

    def spy(cls, table, *args):
        seen.append({*table.values[:, table.position("mark")]})
        return original(cls, table, *args)

    monkeypatch.setattr(FittedGenerator, "to", classmethod(spy))
    options = {"rotate_holdout": True, "pooled_step": True, "n_estimators": 4, "generator": "mixup", "mix_ratio": 0.4}
    fitted = estimator(tiny_classifier, lr=3e-2, **options).fit(X, y)
    report = fitted.report
    assert len(fitted.members) == 4 and len({*report.step_kept}) == 1 and len(report.pooled_scores) == 4
    assert report.pooled_scores == pytest.approx(np.mean(report.validation_scores, axis=0))
    whole = [rows for rows in seen if len(rows) == 64]
    assert len(whole) == 4 and all(rows != other for k, rows in enumerate(whole) for other in whole[:k])
    assert len(fitted.support) == 80, "all rows are predicted from"
    assert not report.fallbacks and np.isfinite(fitted.predict_proba(X)).all()


def test_members_that_have_rows_of_their_own_have_equal_time_for_them(tiny_classifier, monkeypatch):
    """The share of the limit that synthetic rows may take is that of all of them together."""
    original, seconds = FittedGenerator.to.__func__, []

    def spy(cls, table, options, context):
        seconds.append(context.seconds)
        return original(cls, table, options, context)

    monkeypatch.setattr(FittedGenerator, "to", classmethod(spy))
    options = {"rotate_holdout": True, "n_estimators": 4, "generator": "mixup", "mix_ratio": 0.4, "fine_tune_steps": 1}
    X, y = blobs(80)
    estimator(tiny_classifier, **options).fit(X, y, budget=Budget.within(1000.0))
    assert len(seconds) == 8, "each again on fewer rows, to be measured on the others"
    assert seconds[::2] == pytest.approx([TIME_SHARE * 1000 / 4] * 4, rel=0.02)


def test_validation_rows_that_are_given_are_not_rotated(tiny_classifier):
    X, y = blobs(90)
    options = {"rotate_holdout": True, "pooled_step": True, "n_estimators": 2}
    report = estimator(tiny_classifier, **options).fit(X[:60], y[:60], X[60:], y[60:]).report
    assert (report.rows_training, report.rows_validation) == (60, 30) and len({*report.step_kept}) == 1


def test_side_by_side_keeps_the_time_limit_and_the_certainty(tiny_classifier):
    X, y = blobs(60)
    options = {"pooled_step": True, "n_estimators": 3, "mix_ratio": 0, "keep_untuned_within": 1e6}
    fitted = estimator(tiny_classifier, **options).fit(X, y)
    assert fitted.report.step_kept == [0, 0, 0] and fitted.report.steps_taken == [3, 3, 3]
    weights = [list(member.learner.model.parameters()) for member in fitted.members]
    untuned = estimator(tiny_classifier, fine_tune=False).fit(X, y).members[0].learner.model
    for parts in zip(untuned.parameters(), *weights, strict=True):
        assert all(torch.equal(parts[0], part) for part in parts[1:])
    late = estimator(tiny_classifier, **options).fit(X, y, budget=Budget.within(0.0)).report
    assert late.stopped_by == ["time"] * 3 and late.steps_taken == [0, 0, 0]


def test_views_are_averaged_and_cost_no_weights(tiny_classifier, tiny_regressor):
    X, y = blobs(80, n_classes=3)
    one, six = (estimator(tiny_classifier, "multiclass", 3, fine_tune=False, n_views=n).fit(X, y) for n in (1, 6))
    (member,) = six.members
    unsaid = estimator(tiny_classifier, "multiclass", 3, fine_tune=False).fit(X, y)
    assert len(unsaid.members[0].views) == 6 == unsaid.report.options["n_views"] != one.report.options["n_views"]
    assert len(member.views) == 6 and len({view.signs.tobytes() for view in member.views}) > 1
    by_hand = [
        type(member)(member.learner, [view], {}).predict(six.support.x, six.support.target, six.reader.encode(X))
        for view in member.views
    ]
    copies = {id(one.weights) for one in member._encoded(six.support.x, six.support.target)}
    assert len(copies) == 1, "the views share one copy of the weights"
    np.testing.assert_allclose(six.predict_proba(X), np.mean(by_hand, axis=0), atol=1e-12)
    np.testing.assert_array_equal(by_hand[0], one.predict_proba(X), "the first view is the table as it is")
    np.testing.assert_array_equal(six.predict_proba(X[:7]), six.predict_proba(X)[:7])
    again = pickle.loads(pickle.dumps(six))
    np.testing.assert_array_equal(again.predict_proba(X), six.predict_proba(X))
    tuned = estimator(tiny_classifier, "multiclass", 3, n_views=3, keep_untuned_within=0.5).fit(X, y)
    assert np.isfinite(tuned.predict_proba(X)).all()
    number = estimator(None, "regression", 0, hf_reg_model=tiny_regressor, n_views=3, n_estimators=2, pooled_step=True)
    assert number.fit(X, X["a"]).predict(X).shape == (80,)


def test_tuning_in_all_views_takes_the_same_rows_to_other_weights(tiny_classifier):
    X, y = blobs(80)
    options = {"n_views": 3, "lr": 1e-2, "fine_tune_steps": 4, "holdout_share": 0.0}
    one, all_of_them = (estimator(tiny_classifier, tuned_views=some, **options).fit(X, y) for some in ("first", "all"))
    assert [v.signs.tolist() for v in one.members[0].views] == [v.signs.tolist() for v in all_of_them.members[0].views]
    assert not np.array_equal(one.predict_proba(X), all_of_them.predict_proba(X))


def test_views_of_a_model_are_different_ones(tiny_classifier, tiny_regressor):
    """A pass for a view that is there already changes nothing but the seconds."""
    X, y = blobs(60)

    def views(X, kind, **options):
        problem, n = ("regression", 0) if kind == "reg" else ("binary", 2)
        options |= {"hf_reg_model": tiny_regressor, "fine_tune": False, "n_views": 6}
        fitted = estimator(tiny_classifier, problem, n, **options).fit(X, y)
        (member,), found = fitted.members, len(fitted.members[0].views)
        assert not any(a.is_as(b) for k, a in enumerate(member.views) for b in member.views[:k])
        told = [f"{found} of 6 views: the others would be the same ones again"]
        assert fitted.report.fallbacks == (told if found < 6 else [])
        return found

    assert views(X, "reg", random_mirror_x=False) == 1
    assert views(X.iloc[:, :1], "reg") == 2
    assert views(X, "cls") == 6
