"""Options of CAUSALMIX_AUGMENT: what a ratio means, flat names, and what is refused."""

import pytest
from autogluon.common import space

from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.options import AugmentOptions
from autogluon_causalmix.options.augmentation import check_spaces


def read(**given):
    return AugmentOptions.from_hyperparameters(given)


@pytest.mark.parametrize(("ratio", "n"), [(0, 0), (0.5, 100), (0.25, 33), (0.75, 300), (0.95, 1900)])
def test_the_ratio_is_a_share_of_all_training_rows(ratio, n):
    assert read(mix_ratio=ratio).n_synthetic(100) == n
    assert n / (100 + n) == pytest.approx(ratio, abs=0.003)


def test_flat_hyperparameters_of_the_model_join_the_others_and_win():
    given = {"model_hyperparameters": {"a": 1, "b": 2}, "model_hyperparameters.b": 3, "model_hyperparameters.c.d": 4}
    assert AugmentOptions.from_hyperparameters(given).model_hyperparameters == {"a": 1, "b": 3, "c.d": 4}
    assert given["model_hyperparameters"] == {"a": 1, "b": 2}


def test_the_generators_part_is_that_of_fine_tuning():
    options = read(generator="mixup", generator_options={"alpha": 0.2}, balance_classes=True, synthesis_time_limit=3)
    synthesis = options.synthesis
    assert (synthesis.generator, dict(synthesis.generator_options)) == ("mixup", {"alpha": 0.2})
    assert synthesis.balance_classes and synthesis.synthesis_time_limit == 3
    graph = read(discovery_resamples=7, known_roots=["age"])
    assert graph.discovery.n_resamples == 7 and graph.knowledge.roots == ("age",)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mix_ratio": "auto"}, "mix_ratio='auto' must be a number from 0 to 0.95"),
        ({"holdout_share": 0}, "holdout_share=0 must be a number from 0.05 to 0.9"),
        ({"generator_rows": 1.5}, "generator_rows=1.5 must be a whole number"),
        ({"seed": -1}, "seed=-1 must be a whole number of at least 0"),
        ({"cache": "no"}, "cache='no' must be True or False"),
        ({"discovery_resample": 3}, "unknown option 'discovery_resample'.*did you mean 'discovery_resamples'"),
        ({"learning_rate": 0.1}, r"goes into model_hyperparameters=\{'learning_rate': 0.1\}"),
        ({"mix_into": "query"}, "unknown option 'mix_into' .* for CAUSALMIX_AUGMENT"),
        ({"required_edges": [("a", "b"), ("b", "a")]}, "has a cycle"),
    ],
)
def test_mistakes_name_the_option_its_value_and_a_remedy(given, message):
    with pytest.raises(OptionError, match=message):
        read(**given)


def test_what_means_nothing_for_the_problem():
    with pytest.raises(OptionError, match="a regression has no classes to balance"):
        read(balance_classes=True).check("regression")
    with pytest.raises(OptionError, match="known_roots: generator='copula' models no graph"):
        read(generator="copula", known_roots=["a"]).check("binary")
    read(generator="copula", known_roots=["a"], mix_ratio=0).check("binary")  # nothing to misread


def test_search_spaces_hold_possible_values():
    check_spaces({"mix_ratio": space.Real(0, 0.9), "generator": space.Categorical("scm", "copula")}, {"model": "RF"})
    check_spaces({"model_hyperparameters.max_depth": space.Int(2, 9)}, {"model": "RF"})
    with pytest.raises(OptionError, match=r"the search space of 'generator' holds 'copulla': .*did you mean 'copula'"):
        check_spaces({"generator": space.Categorical("scm", "copulla")}, {})
    with pytest.raises(OptionError, match=r"generator_options\['n_dags'\]=.* is a search space inside a dictionary"):
        read(generator_options={"n_dags": space.Int(1, 5)})


def test_a_flat_hyperparameter_needs_a_name():
    with pytest.raises(OptionError, match="lacks the name of a hyperparameter"):
        read(**{"model_hyperparameters.": 5})
