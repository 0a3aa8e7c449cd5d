"""Models to be compared with have what ours have: validation rows by which to stop."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from benchmarks.protocol.peers import make, make_validated


def rows(n, seed, effect):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"x": rng.standard_normal(n), "z": rng.standard_normal(n)})
    X["kind"] = pd.Categorical(rng.choice(list("abc"), n))
    return X, pd.Series((rng.random(n) < 1 / (1 + np.exp(-effect * X["x"]))).astype(int))


@pytest.mark.parametrize("name", ["LightGBM", "random forest"])
def test_labels_that_are_mostly_noise_make_no_peer_sure(name):
    (X, y), (X_val, y_val), (X_test, y_test) = rows(160, 0, 0.5), rows(200, 1, 0.5), rows(2000, 2, 0.5)
    chosen = make_validated(name, 0, X, y, X_val, y_val).fit(X, y)
    default = make(name, 0).fit(X, y)
    lost = [log_loss(y_test, one.predict_proba(X_test)) for one in (chosen, default)]
    assert lost[0] < 0.72 < lost[1], "the classes' shares alone have .69"


@pytest.mark.parametrize("name", ["LightGBM", "random forest"])
def test_a_class_that_only_validation_rows_have_does_not_stop_the_choice(name):
    (X, y), (X_val, y_val) = rows(80, 0, 3.0), rows(20, 1, 3.0)
    y_val[0] = 2
    model = make_validated(name, 0, X, y, X_val, y_val)
    both = pd.concat([X, X_val], ignore_index=True), pd.concat([y, y_val], ignore_index=True)
    assert model.fit(*both).predict_proba(X).shape == (80, 3)


def test_a_model_without_such_a_setting_is_refused():
    X, y = rows(20, 0, 1.0)
    with pytest.raises(ValueError, match="'kNN' has no setting"):
        make_validated("kNN", 0, X, y, X, y)
