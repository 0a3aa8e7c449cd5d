"""Tables that a fit must name as unusable, and unusual ones that it must survive."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.errors import CheckpointError, DataError

from .conftest import blobs, estimator, messy_frame


def test_frames_are_never_altered(tiny_classifier):
    frame = messy_frame(60)
    frame.loc[3, "number"] = np.inf
    X, y = frame.drop(columns="label"), frame["label"].cat.codes
    floats = X[["number", "effect", "gaps"]].copy()  # one dtype: the case that AutoGluon's MITRA imputes in place
    for features in (X, floats):
        before = features.copy(deep=True)
        fitted = estimator(tiny_classifier).fit(features[:40], y[:40], features[40:], y[40:])
        fitted.predict_proba(features)
        pd.testing.assert_frame_equal(features, before)


def test_a_class_that_training_lacks(tiny_classifier):
    """AutoGluon's MITRA reads the first logits: labels {0, 2} give the wrong two columns."""
    X, y = blobs(60, n_classes=3)
    there = (y != 1).to_numpy()
    fitted = estimator(tiny_classifier, "multiclass", 3).fit(X[there], y[there], X, y)
    p = fitted.predict_proba(X)
    assert p.shape == (60, 3)
    assert (p[:, 1] == 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)
    two = estimator(tiny_classifier, "binary", 2).fit(X[there], (y[there] == 2).astype(int))
    assert two.predict_proba(X).shape == (60, 2)
    assert any("class that training lacks" in reason for reason in fitted.report.fallbacks)
    unknown = y[there].astype(float).mask(np.arange(there.sum()) < 3)  # as AutoGluon hands over a third of two classes
    found = estimator(tiny_classifier).fit(
        X[there], (y[there] == 2).astype(int), X[there], unknown.eq(2).mask(unknown.isna())
    )
    assert any("class that training lacks" in reason for reason in found.report.fallbacks)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda X, y: (X[:0], y[:0]), "0 training rows"),
        (lambda X, y: (X[:1], y[:1]), "1 training rows"),
        (lambda X, y: (X, y * 0), "the target is 0 in every row"),
        (lambda X, y: (X.assign(**dict.fromkeys(X.columns, 1.0)), y), "none of the 5 columns varies"),
        (lambda X, y: (X.assign(**dict.fromkeys(X.columns, np.nan)), y), "none of the 5 columns varies"),
        (lambda X, y: (X, y.astype(float).where(y > 0)), "missing values"),
        (lambda X, y: (X.set_axis(list("aabcd"), axis=1), y), r"\['a'\] more than once"),
        (lambda X, y: (X.assign(a=[[1]] * len(X)), y), "column 'a' holds values of type list"),
    ],
)
def test_unusable_data_is_named(tiny_classifier, make, message):
    X, y = make(*blobs(30))
    with pytest.raises(DataError, match=message):
        estimator(tiny_classifier).fit(X, y)


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X.assign(a=np.where(np.arange(len(X)) == 4, np.inf, X["a"]), b=-np.inf),
        lambda X: X.set_axis([1, ("t", 2), None, 4.5, pd.Timestamp("2020")], axis=1),
        lambda X: X.set_axis([0] * len(X), axis=0),
        lambda X: X.assign(a2=X["a"], a3=X["a"], one=1, none=np.nan),
        lambda X: X.assign(day=pd.date_range("2020", periods=len(X)), text=[f"row {k}" for k in range(len(X))]),
        lambda X: X.assign(y=1.5 * X["a"]),
        lambda X: X[["e"]],
    ],
    ids=["infinite", "labels", "repeated index", "copies", "dates and text", "named like the target", "one column"],
)
def test_unusual_data_is_fitted(tiny_classifier, change):
    X, y = blobs(40)
    X = change(X)
    y.index = X.index
    fitted = estimator(tiny_classifier).fit(X, y)
    assert not fitted.report.fallbacks
    p = fitted.predict_proba(X)
    assert np.isfinite(p).all()
    assert fitted.predict_proba(X[:0]).shape == (0, 2)


def test_a_class_with_one_row_and_tiny_tables(tiny_classifier):
    X, y = blobs(12, n_classes=2)
    y[:] = 0
    y[5] = 1
    for n in (12, 8):
        fitted = estimator(tiny_classifier).fit(X[:n], y[:n])
        assert np.isfinite(fitted.predict_proba(X)).all()
    estimator(tiny_classifier).fit(X[4:6], y[4:6])


def test_unseen_classes_and_missing_cells_are_told_apart(tiny_classifier):
    X, y = blobs(60)
    X["e"] = X["e"].where(np.arange(60) % 5 > 0)
    fitted = estimator(tiny_classifier).fit(X, y)
    row = X[:1].copy()
    probabilities = []
    for value in ("u", None, "never seen"):
        row["e"] = pd.Series([value], dtype=object, index=row.index)
        probabilities.append(fitted.predict_proba(row)[0, 0])
    assert len(set(probabilities)) == 3


def test_more_classes_than_outputs(tiny_classifier):
    X, y = blobs(60, n_classes=11)
    with pytest.raises(CheckpointError, match=r"11 classes, but checkpoint .* has 10 outputs"):
        estimator(tiny_classifier, "multiclass", 11).fit(X, y)


@pytest.mark.parametrize("damage", ["not the format", "another network's"])
def test_damaged_weights_are_named(tmp_path, tiny_classifier, tiny_regressor, damage):
    import shutil
    from pathlib import Path

    other = b"not weights" if damage == "not the format" else Path(tiny_regressor, "model.safetensors").read_bytes()
    shutil.copytree(tiny_classifier, tmp_path / "damaged")
    (tmp_path / "damaged" / "model.safetensors").write_bytes(other)
    X, y = blobs(30)
    message = "is cut short or damaged" if damage == "not the format" else "cannot be loaded"
    with pytest.raises(CheckpointError, match=message):
        estimator(str(tmp_path / "damaged")).fit(X, y)


def test_validation_rows_of_no_use_are_replaced_by_a_hold_out(tiny_classifier):
    X, y = blobs(60, n_classes=3)
    known = (y != 2).to_numpy()
    fitted = estimator(tiny_classifier, "multiclass", 3).fit(X[known], y[known], X[~known], y[~known])
    assert fitted.report.rows_validation > 0
    assert fitted.report.validation_scores[0]
