"""CAUSALMIX_AUGMENT where something is short or wrong: failures, mistakes, unusual tables, time, memory."""

import logging
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from autogluon.common import space
from autogluon.core.utils.exceptions import NotEnoughMemoryError, TimeLimitExceeded

from autogluon_causalmix import CausalMixAugmentModel, report
from autogluon_causalmix.errors import OptionError

from .augmented import KEY, LOCAL, QUICK, Remembers, inside, scm, watched_forests
from .conftest import blobs, fit, frame


class Breaks:
    """Cannot learn."""

    def fit(self, table):
        raise ArithmeticError("nothing to learn")

    def sample(self, n, rng):
        return None


class Timed(Remembers):
    """Says what time it was given."""

    seconds_given: ClassVar = []

    def __init__(self, seconds=None):
        self.seconds_given.append(seconds)


class Astronomical:
    """Draws numbers that scikit-learn's forests refuse, though the column holds some already."""

    def fit(self, table):
        self.table = table

    def sample(self, n, rng):
        values = self.table.values[rng.integers(len(self.table), size=n)].copy()
        values[:, 0] = 1e39
        return self.table.with_values(values)


@pytest.mark.parametrize("strategy", [{}, {"num_bag_folds": 2, "dynamic_stacking": False, **LOCAL}])
def test_a_generator_that_fails_leaves_the_plain_model_said_once(tmp_path, caplog, strategy):
    models = {"GBM": QUICK["GBM"], KEY: inside("GBM", generator=Breaks)}
    with caplog.at_level(logging.WARNING):
        predictor = fit(tmp_path, frame(), models, verbosity=2, **strategy)
    said = [record.message for record in caplog.records if "on real rows alone" in record.message]
    assert len(said) == 1 and "no synthetic rows (ArithmeticError: nothing to learn)" in said[0]
    plain, mixed = sorted(predictor.model_names(), key=lambda name: "Augment" in name)
    one, two = (predictor.predict_proba(frame(30, seed=1), model=name) for name in (plain, mixed))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert all("nothing to learn" in text for text in report(predictor).mixed()["fallbacks"])


def test_a_model_that_fails_on_mixed_rows_is_fitted_on_real_ones_said_once(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("autogluon_causalmix.augmentation.rows.MOST", np.inf)
    options = inside("RF", generator=Astronomical, cache=False)
    predictor = fit(tmp_path, frame(), {KEY: options}, verbosity=2)
    ((_, folds),) = report(predictor).augmented.items()
    (one,) = folds.values()
    assert one["rows_synthetic"] == 0 and one["weight_synthetic"] is None
    assert one["fallbacks"][0].startswith("no synthetic rows: RF failed on them (")
    assert sum("on real rows alone" in record.message for record in caplog.records) == 1
    assert np.isfinite(predictor.predict_proba(frame().drop(columns="y"))).all(axis=None)


@pytest.mark.parametrize("error", [TimeLimitExceeded, NotEnoughMemoryError])
def test_a_model_to_which_the_mixture_is_too_large_is_fitted_on_real_rows(tmp_path, monkeypatch, error):
    """AutoGluon's forests and networks foretell their time, and give up on rows that they would have had time for."""
    from autogluon.tabular.models import RFModel

    rows, fit_all = [], RFModel._fit

    def few_rows_only(self, X, *args, **kwargs):
        rows.append(len(X))
        if len(X) > 100:
            raise error
        return fit_all(self, X, *args, **kwargs)

    monkeypatch.setattr(RFModel, "_fit", few_rows_only)
    predictor = fit(tmp_path, frame(100), {KEY: inside("RF", generator="bootstrap", mix_ratio=0.9)})
    assert len(rows) == 2 and rows[0] > 100 >= rows[1]
    ((_, folds),) = report(predictor).augmented.items()
    assert folds[""]["rows_synthetic"] == 0 and error.__name__ in folds[""]["fallbacks"][0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mix_rate": 0.5}, "unknown option 'mix_rate'.*did you mean 'mix_ratio'"),
        ({"n_dags": 3}, "it belongs to generator='scm': write generator_options="),
        ({"max_bin": 63}, r"goes into model_hyperparameters=\{'max_bin': 63\}"),
        ({"model": "RFF"}, "did you mean 'RF'"),
        ({"model": KEY}, "it cannot hold itself"),
        ({"model": "CAUSALMIX"}, "use the key 'CAUSALMIX'"),
        ({"model": 3}, "model=3 must be a key"),
        ({"mix_ratio": 1}, "mix_ratio=1 must be a number from 0 to 0.95"),
        ({"generator": "copulla"}, "did you mean 'copula'"),
        ({"generator_options": {"n_dag": 2}}, "did you mean 'n_dags'"),
        ({"synthetic_weight": 0}, "synthetic_weight=0 must be a number of at least 1e-06, or None"),
        ({"model_hyperparameters": [1]}, "must be a dictionary"),
        ({"model_hyperparameters": {"ag_args": {}}}, "write 'ag_args' beside 'model', not inside"),
        (
            {"model_hyperparameters": {"ag_args_fit": {"num_gpus": 0}}},
            "num_gpus inside is not read: write 'ag_args_fit'",
        ),
        ({"model_hyperparameters": {"ag.num_cpus": 1}}, "num_cpus inside is not read: write 'ag_args_fit'"),
        ({"generator": "copula", "known_roots": ["a"]}, "models no graph"),
        ({"mix_ratio": space.Real(0.5, 1.0)}, r"the search space of 'mix_ratio' holds 1.0: mix_ratio=1.0 must be"),
        ({"model": space.Categorical("RF", "XT")}, "models are not searched; write one configuration for each"),
        ({"model_hyperparameters": {"max_depth": space.Int(2, 5)}}, "written flat.*'model_hyperparameters.max_depth'"),
    ],
)
def test_a_mistake_stops_the_users_fit_before_any_model(tmp_path, wrong, message, caplog):
    with pytest.raises(OptionError, match=message):
        fit(tmp_path, frame(), {KEY: {"model": "RF", **wrong}, "RF": {}}, verbosity=2)
    assert "Fitting model" not in caplog.text and "Fitting DropDuplicates" in caplog.text


@pytest.mark.parametrize(("model", "stacks"), [("KNN", False), ("RF", True)])
def test_autogluon_puts_the_model_where_it_puts_the_one_inside(model, stacks):
    def clean_model_cfg(model_cfg, problem_type):  # whose caller is asked for the configuration
        return CausalMixAugmentModel._get_default_ag_args()

    assert clean_model_cfg({"model": model}, "binary").get("valid_stacker", True) == stacks


def test_the_report_says_whose_weights_tabebm_draws_from(tmp_path):
    quick = {"generator": "tabebm", "generator_options": {"n_steps": 2, "n_rows": 20}}
    models = [inside("RF", **quick), inside("XT", **quick)]
    told = report(fit(tmp_path, frame(60), {KEY: models})).augmented
    for name, shared in (("RF", False), ("XT", True)):
        (one,) = told[f"CausalMixAugment_{name}"].values()
        assert one["rows_synthetic"] and one["shared_generator"] == shared
        assert "draws from the weights 'mini', as the official ones" in one["fallbacks"][0]


def test_a_regression_refuses_generators_of_classes(tmp_path):
    data = frame().assign(y=lambda d: 10 * d["a"])
    with pytest.raises(OptionError, match="cannot serve a regression"):
        fit(tmp_path, data, {KEY: {"model": "RF", "generator": "tabebm"}})


def two_row_class():
    return frame(80).assign(y=lambda d: np.where(np.arange(80) < 2, "rare", d["y"]))


def wide():
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.standard_normal((80, 60)), columns=[f"x{k}" for k in range(60)])
    return data.assign(y=np.where(data["x0"] > 0, "yes", "no"))


@pytest.mark.parametrize("generator", ["scm", "copula", "smote", "mixup"])
@pytest.mark.parametrize(
    "make",
    [two_row_class, wide, lambda: frame(80).assign(fixed=1, empty=np.nan), lambda: frame(12)],
    ids=["class of two rows", "60 columns", "constant and empty columns", "12 rows"],
)
def test_unusual_tables(tmp_path, generator, make):
    options = inside("RF", **(scm() if generator == "scm" else {"generator": generator}))
    data = make()
    predictor = fit(tmp_path, data, {KEY: options}, learning_curves=False)
    one = report(predictor).augmented["CausalMixAugment_RF"][""]
    assert one["rows_synthetic"] == one["rows_real"] and not one["fallbacks"]
    assert len(predictor.predict(data)) == len(data)


def test_knowledge_of_a_dropped_column_is_left_out(tmp_path):
    options = inside("RF", **scm(known_roots=["fixed", "a"], forbidden_edges=[("y", "b")]))
    predictor = fit(tmp_path, frame().assign(fixed=1), {KEY: options})
    one = report(predictor).augmented["CausalMixAugment_RF"][""]
    assert any("AutoGluon dropped 'fixed'" in reason for reason in one["fallbacks"])
    assert one["dags"] and not any(edge[1] == "a" or edge == ["y", "b"] for dag in one["dags"] for edge in dag)


def test_knowledge_of_the_target_holds_in_a_regression(tmp_path):
    data = frame().assign(y=lambda d: 10 * d["a"] + d["b"])
    predictor = fit(tmp_path, data, {KEY: inside("RF", **scm(known_sinks=["y"]))})
    one = report(predictor).augmented["CausalMixAugment_RF"][""]
    assert not one["fallbacks"] and one["dags"]
    assert not any(edge[0] == "y" for dag in one["dags"] for edge in dag)


def test_knowledge_of_columns_that_have_numbers_for_names_is_kept(tmp_path):
    """AutoGluon makes text of them."""
    data = frame()
    data.columns = [*range(data.shape[1] - 1), "y"]
    options = inside("RF", **scm(required_edges=[(1, "y")], known_roots=[0]))
    one = report(fit(tmp_path, data, {KEY: options})).augmented["CausalMixAugment_RF"][""]
    assert not one["fallbacks"] and one["rows_synthetic"]
    assert all(["1", "y"] in dag and not any(edge[1] == "0" for edge in dag) for dag in one["dags"])


def test_the_time_limit_is_shared(tmp_path, monkeypatch):
    seen = watched_forests(monkeypatch)
    X, y = blobs(60)
    for ratio, limit in ((0.5, 1000.0), (0.5, None), (0, 1000.0), (0.5, 1.0)):
        Timed.seconds_given.clear()
        options = inside("RF", generator=Timed, mix_ratio=ratio, cache=False)
        model = CausalMixAugmentModel(path=str(tmp_path), problem_type="binary", hyperparameters=options)
        model.fit(X=X, y=y, time_limit=limit, num_cpus=1, num_gpus=0)
        if limit == 1.0:
            assert "the time limit leaves no time" in model.report.fallbacks[0] and not Timed.seconds_given
        elif ratio:
            (seconds,) = Timed.seconds_given
            assert seconds is None if limit is None else 0.2 * limit < seconds <= 0.3 * limit
    mixed, unlimited, plain, _ = (one["time_limit"] for one in seen)
    assert mixed <= 950 < plain <= 1000 and unlimited is None


def test_memory_of_both_is_estimated(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    X, y = blobs(500)
    known = {"problem_type": "binary", "num_classes": 2}

    def estimate(**options):
        given = {"model": "RF", "generator": "copula", **options}
        return CausalMixAugmentModel.estimate_memory_usage_static(X=X, y=y, hyperparameters=given, **known)

    from autogluon.tabular.models import RFModel

    plain = RFModel.estimate_memory_usage_static(X=X, y=y, **known)
    assert estimate(mix_ratio=0) == plain
    assert estimate(mix_ratio=0.9) > estimate(mix_ratio=0.5) > plain
    trees = {"model_hyperparameters": {"n_estimators": 30}}
    assert estimate(mix_ratio=0, **trees) < plain
    assert estimate(model="KNN", mix_ratio=space.Real(0.1, 0.9, default=0.5)) > 0
    both = estimate(mix_ratio=0.5)
    monkeypatch.setattr("autogluon_causalmix.augmentation.training.row_limit", lambda model: 600)
    assert estimate(mix_ratio=0.9) < both, "no more rows than the model takes"
    assert not list(tmp_path.iterdir()), "AutoGluon makes a folder for a model without a path"


def test_the_model_inside_is_asked_for_its_memory_with_as_many_targets_as_rows(monkeypatch):
    from autogluon.tabular.models import RFModel

    def estimated(cls, *, X, y, **kwargs):  # EBM looks at both, and fails where they differ
        assert len(X) == len(y) == 1000 and set(y.index) <= set(X.index)
        return 7

    monkeypatch.setattr(RFModel, "_estimate_memory_usage_static", classmethod(estimated))
    X, y = blobs(500)
    given = {"hyperparameters": {"model": "RF", "generator": "copula"}, "problem_type": "binary", "num_classes": 2}
    assert CausalMixAugmentModel.estimate_memory_usage_static(X=X, y=y, **given) > 7


def test_limits_of_the_model_inside_are_checked_on_real_rows(tmp_path, caplog):
    options = inside("RF", model_hyperparameters={"ag.max_rows": 90, **QUICK["RF"]})
    assert report(fit(tmp_path / "fits", frame(80), {KEY: options})).augmented
    with caplog.at_level(logging.INFO):
        predictor = fit(tmp_path / "too many", frame(200), {KEY: options, "XT": QUICK["XT"]}, verbosity=2)
    assert predictor.model_names() == ["ExtraTrees"] and "ag.max_rows=90" in caplog.text


def test_given_resources_are_those_of_the_model_inside():
    from autogluon.tabular.models import RFModel

    known = {"path": "nowhere", "name": "m", "problem_type": "binary"}
    outer, inner = CausalMixAugmentModel(**known, hyperparameters={"model": "RF"}), RFModel(**known)
    assert outer._get_default_resources() == inner._get_default_resources()
    assert outer._get_maximum_resources() == inner._get_maximum_resources() == {"num_gpus": 0}
    assert outer.get_minimum_resources() == inner.get_minimum_resources()
