"""The reports of a predictor as tables."""

from autogluon_causalmix.predictor_report import PredictorReport

from .conftest import blobs, estimator


def test_the_summary_shows_every_member(tiny_classifier):
    X, y = blobs(60)
    fitted = estimator(tiny_classifier, n_estimators=3).fit(X, y).report
    fitted.step_kept = [0, 2, 1]
    summary = PredictorReport({"CausalMix": {"": fitted.to_dict()}}).summary()
    assert summary["member"].tolist() == [1, 2, 3] and summary["kept"].tolist() == [0, 2, 1]
    for k, scores in enumerate(fitted.validation_scores):
        assert summary.loc[k, "untuned"] == float(f"{scores[0]:.6g}")
        assert summary.loc[k, "tuned"] == float(f"{scores[fitted.step_kept[k]]:.6g}")
