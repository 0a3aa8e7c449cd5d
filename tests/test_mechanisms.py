"""Mechanisms of an SCM: what they are sure of stays sure, and what they have never seen stays possible."""

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix import fit_scm
from autogluon_causalmix.causal.mechanisms import Classifier


@pytest.mark.parametrize("mechanism", ["tree", "ridge", "boosting"])
def test_a_sure_rule_is_kept(mechanism):
    """A leaf of a hundred rows of one class needs no quarter of other labels."""
    city = np.random.default_rng(0).integers(0, 6, 300)
    frame = pd.DataFrame({"city": np.array(list("abcdef"))[city], "country": np.array(["x", "y", "z"])[city // 2]})
    rows = fit_scm(frame, [("city", "country")], mechanism=mechanism).sample(3000, np.random.default_rng(0))
    right = rows["city"].map(dict(zip(frame["city"], frame["country"], strict=True))) == rows["country"]
    assert right.mean() > 0.93


def test_an_effect_on_a_category_is_as_strong_as_it_is():
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 0.0, 1.0], 300)
    frame = pd.DataFrame({"x": x + 0.01 * rng.standard_normal(300), "y": rng.random(300) < 0.5 + 0.45 * x})
    scm = fit_scm(frame, [("x", "y")])

    def near(value):  # a leaf is a few rows: over many of them the effect is what it is
        changes = {"x": lambda x: value + 0.01 * rng.standard_normal(len(x))}
        return scm.intervene(changes, 4000, rng)["y"].mean()

    assert near(1.0) - near(-1.0) == pytest.approx(0.9, abs=0.06)


@pytest.mark.parametrize("mechanism", ["tree", "ridge", "boosting"])
def test_a_level_that_the_rows_lack_stays_possible(mechanism):
    X = np.arange(40.0)[:, None]
    model = Classifier(mechanism, [0], 3)
    model.fit(X, np.where(X < 20, "0", "1"))
    p = model.predict_probabilities(X)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    assert (p[:, :2] > 0).all() and p.shape == (40, 3)


@pytest.mark.parametrize("n", [100, 300])
def test_trees_do_not_take_noise_for_an_effect(n):
    """Three columns that the label has nothing to do with: rows must not say that they foretell it."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score

    found = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(rng.standard_normal((n, 3)), columns=list("abc"))
        frame["y"] = rng.choice(["p", "q"], n)
        rows = fit_scm(frame, [(cause, "y") for cause in "abc"]).sample(3000, rng)
        X, y = rows[list("abc")], rows["y"]
        forest = RandomForestClassifier(40, min_samples_leaf=5, random_state=0).fit(X[:2000], y[:2000])
        found.append(roc_auc_score(y[2000:], forest.predict_proba(X[2000:])[:, 1]))
    assert np.median(found) < 0.7, "leaves of three rows said .85 and .78"


def test_trees_leave_a_number_its_noise():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((200, 3)), columns=list("abc"))
    frame["z"] = frame["a"] + rng.standard_normal(200)
    scm = fit_scm(frame, [(cause, "z") for cause in "abc"])
    spread = scm.model.causal_mechanism(3).noise_model.data.std()
    assert spread > 0.5, "in normal scores, of which the noise is .71"
