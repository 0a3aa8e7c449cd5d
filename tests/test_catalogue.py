"""Generators by name, by object and by path; methods are dictionaries of options."""

import sys

import pytest

from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.generators import catalogue
from autogluon_causalmix.generators.catalogue import GENERATORS, FitContext, check_generator, make_generator
from autogluon_causalmix.generators.controls import Bootstrap
from autogluon_causalmix.options import METHODS, CausalMixOptions


class Repeater:
    """A user's own generator."""

    def __init__(self, seed=None, times=1):
        self.seed, self.times = seed, times

    def fit(self, table):
        self.table = table

    def sample(self, n, rng):
        return self.table.rows(rng.integers(len(self.table), size=n))


def generator_of(**options):
    options = CausalMixOptions.from_hyperparameters(options)
    options.check()
    context = FitContext("y", seed=5, seconds=2.0, discovery=options.discovery, knowledge=options.knowledge)
    return make_generator(options.synthesis.generator, options.synthesis.generator_options, context)


def given(**options):
    return CausalMixOptions.from_hyperparameters(options)


def test_every_name_has_a_class_of_its_own():
    classes = {catalogue.maker_of(name) for name in GENERATORS}
    assert len(classes) == len(GENERATORS) and all(callable(cls.fit) and callable(cls.sample) for cls in classes)


def test_objects_are_copied_classes_and_paths_are_called():
    original = Repeater(times=3)
    copy = generator_of(generator=original)
    assert copy is not original and copy.times == 3
    called = generator_of(generator=Repeater, generator_options={"times": 4})
    assert (called.seed, called.times) == (5, 4)
    by_path = generator_of(generator=f"{__name__}:Repeater", generator_options={"times": 2})
    assert type(by_path).__name__ == "Repeater" and (by_path.seed, by_path.times) == (5, 2)
    assert isinstance(generator_of(generator="bootstrap"), Bootstrap)
    assert generator_of(generator="mixed_model", generator_options={"n_models": 2}).seconds == 2.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"generator": "tabebn"}, "generator='tabebn' is not one of .*did you mean 'tabebm'"),
        ({"generator": 3}, "generator=3 has no fit and no sample"),
        ({"generator": "no.such.module:Thing"}, "cannot be imported: No module named 'no'"),
        ({"generator": "math:Thing"}, "generator='math:Thing' cannot be imported"),
        ({"generator": "math:sin"}, "has no fit and no sample"),
        ({"generator": "mixup", "generator_options": {"alfa": 1}}, "Mixup has no option 'alfa'.*did you mean 'alpha'"),
        (
            {"generator": "scm", "generator_options": {"n_dag": 1}},
            "SCMGenerator has no option 'n_dag'.*did you mean 'n_dags'",
        ),
        ({"generator_options": {"n_dags": 0}}, "n_dags=0 must be a whole number of at least 1"),
        ({"generator_options": {"mechanism": "ridg"}}, "mechanism='ridg' is not one of .*did you mean 'ridge'"),
        ({"generator_options": {"noise": "white"}}, "noise='white' is not one of .*'dependent'"),
        ({"generator_options": {"knowledge": 3}}, "SCMGenerator has no option 'knowledge'"),
        ({"generator": "copula", "generator_options": {"mechanism": "ridge"}}, "Copula has no option 'mechanism'"),
        ({"generator": Repeater(), "generator_options": {"times": 1}}, "need a class or a name"),
        ({"generator_options": 3}, "generator_options=3 must be a dictionary"),
        ({"method": "ctgam"}, "method='ctgam' is not one of .*did you mean 'ctgan_only'"),
        ({"generator": "copula", "required_edges": [("a", "b")]}, "required_edges: generator='copula' models no graph"),
        ({"method": "ctgan_only", "known_graph": [("a", "b")]}, "known_graph: generator='ctgan' models no graph"),
        ({"mix_ratio": "automatic"}, "mix_ratio='automatic' must be a number from 0 to 1, or 'auto'"),
    ],
)
def test_what_cannot_be_had_is_named(options, message):
    with pytest.raises(OptionError, match=message):
        generator_of(**options)


def test_an_extra_that_is_not_installed_names_the_pip_line_and_the_licence(monkeypatch):
    monkeypatch.setitem(sys.modules, "ctgan", None)
    monkeypatch.setattr(catalogue.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(OptionError, match=r"BUSL-1.1.*pip install 'autogluon-causalmix\[ctgan\]'"):
        generator_of(generator="ctgan")


def test_a_generator_of_classes_refuses_a_regression_before_any_work():
    with pytest.raises(OptionError, match="cannot serve a regression"):
        check_generator("tabebm", {}, problem_type="regression")
    with pytest.raises(OptionError, match="cannot serve a regression"):
        given(generator="tabebm").check("regression")


def test_balanced_classes_of_a_regression_are_refused_before_any_work():
    with pytest.raises(OptionError, match="balance_classes=True: a regression has no classes"):
        given(balance_classes=True).check("regression")


def test_options_that_the_generator_does_not_use_are_known():
    searching = {"discovery_resamples": 20, "discovery_backend": "causal-learn"}
    assert given(generator="copula", **searching).unused() == ["discovery_resamples", "discovery_backend"]
    assert given(generator=Repeater(), **searching).unused() == ["discovery_resamples", "discovery_backend"]
    assert given(**searching).unused() == []
    assert given(generator="mixup").unused() == []


def test_the_papers_seven_methods_are_options_and_nothing_else():
    assert set(METHODS) == {
        "default",
        "causalmix",
        "scm_only",
        "ctgan_only",
        "tabebm_only",
        "table_augment_only",
        "mixed_model_only",
    }
    for method, preset in METHODS.items():
        assert given(method=method) == given(**preset)
    assert given(method="ctgan_only", mix_ratio=0.3).synthesis.mix_ratio == 0.3


def test_an_object_that_cannot_be_saved_is_refused_before_any_work():
    class Local(Repeater):
        pass

    with pytest.raises(OptionError, match="cannot be pickled with the predictor"):
        generator_of(generator=Local())


def test_a_search_over_generators_is_checked_trial_by_trial(tmp_path):
    from autogluon.common import space

    from autogluon_causalmix.model import CausalMixModel

    options = {"generator": space.Categorical("mixed_model", "tabebm"), "generator_options": {"seed": 3}}
    CausalMixModel(path=str(tmp_path), hyperparameters=options, problem_type="binary")
    options = {"method": "tabebm_only", "generator": space.Categorical("scm", "mixup")}
    CausalMixModel(path=str(tmp_path), hyperparameters=options, problem_type="regression")


@pytest.mark.parametrize(
    ("name", "impossible", "bound"),
    [
        ("mixup", {"alpha": 0}, "alpha=0 must be"),
        ("jitter", {"swap": 10}, "swap=10 must be a number from 0 to 1"),
        ("smote", {"n_neighbors": 0}, "n_neighbors=0 must be"),
        ("tabebm", {"n_steps": 0}, "n_steps=0 must be"),
        ("mixed_model", {"n_models": 0}, "n_models=0 must be"),
        ("table_augment", {"least_kept": 50}, "least_kept=50 must be a number from 0 to 1"),
        ("ctgan", {"batch_size": 64}, "batch_size=64 must be a multiple of 10"),
    ],
)
def test_an_impossible_option_is_refused_before_any_work(name, impossible, bound):
    with pytest.raises(OptionError, match=bound):
        catalogue.maker_of(name)(**impossible)
