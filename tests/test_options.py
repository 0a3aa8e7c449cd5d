"""Options say at once what is wrong with them."""

import dataclasses
import re

import pytest
from autogluon.common import space

from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.model import CausalMixModel
from autogluon_causalmix.options import METHODS, OPTION_NAMES, CausalMixOptions, TuningOptions, WeightsOptions

MITRA_CONFIGURATION = {
    "hf_model": "mini",
    "hf_cls_model": "mini",
    "fine_tune": True,
    "fine_tune_steps": 20,
    "lr": 1e-4,
    "warmup_steps": 10,
    "patience": 5,
    "n_estimators": 2,
    "seed": 3,
    "device": "cpu",
    "metric": "log_loss",
    "verbose": False,
}


def test_a_mitra_configuration_can_be_copied():
    options = CausalMixOptions.from_hyperparameters(MITRA_CONFIGURATION)
    assert (options.tuning.fine_tune_steps, options.tuning.lr, options.tuning.n_estimators) == (20, 1e-4, 2)
    assert options.seed == 3 and options.weights.device == "cpu"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mix_rate": 0.5}, r"unknown option 'mix_rate' \(value 0.5\).*did you mean 'mix_ratio'"),
        ({"mix_ratio": 1.5}, "mix_ratio=1.5 must be a number from 0 to 1"),
        ({"mix_ratio": "half"}, "mix_ratio='half' must be a number"),
        ({"mix_into": "qery"}, "mix_into='qery' is not one of .*did you mean 'query'"),
        ({"mix_into": "besides"}, "mix_into='besides' .*did you mean 'beside'"),
        ({"mix_into": "beside", "mix_ratio": 1}, "mix_ratio=1 leaves no real query row, and mix_into='beside' keeps"),
        ({"synthetic_gate": "projekt"}, "synthetic_gate='projekt' .*did you mean 'project'"),
        ({"member_columns": "blankets"}, "member_columns='blankets' .*did you mean 'blanket'"),
        ({"one_dag_per_episode": "yes"}, "one_dag_per_episode='yes' must be True or False"),
        ({"fine_tune_steps": 2.5}, "fine_tune_steps=2.5 must be a whole number"),
        ({"fine_tune_steps": -1}, "fine_tune_steps=-1 must be a whole number of at least 0"),
        ({"lr": 0}, "lr=0 must be a number"),
        ({"lr": float("nan")}, "lr=nan must be a number"),
        ({"selection": "auc"}, "selection='auc'"),
        ({"missing_numbers": "zero"}, "missing_numbers='zero' is not one of"),
        ({"missing_numbers": "lowst"}, "missing_numbers='lowst' .*did you mean 'lowest'"),
        ({"hf_model": 3}, "hf_model=3 must be a string"),
        ({"seed": -1}, "seed=-1 must be a whole number of at least 0"),
        ({"seed": "abc"}, "seed='abc' must be a whole number"),
        ({"device": "gpu"}, "device='gpu' must be 'cpu', 'cuda'"),
        ({"patience": float("inf")}, "patience=inf must be a whole number"),
        ({"fine_tune_steps": float("nan")}, "fine_tune_steps=nan must be a whole number"),
        ({"fine_tune": "yes"}, "fine_tune='yes' must be True or False"),
        ({"fine_tune": 5}, "fine_tune=5 must be True or False"),
        ({"device": "cudaXYZ"}, "device='cudaXYZ' must be 'cpu', 'cuda'"),
        ({"schedule_steps": 0}, "schedule_steps=0 must be a whole number of at least 1"),
        ({"discovery_resamples": 0}, "discovery_resamples=0 must be a whole number of at least 1"),
        ({"discovery_alpha": 5}, "discovery_alpha=5 must be a number from 1e-12 to 0.5"),
        ({"discovery_max_depth": -1}, "discovery_max_depth=-1 must be a whole number"),
        ({"discovery_backend": "causallearn"}, "discovery_backend='causallearn' .*did you mean 'causal-learn'"),
        ({"known_roots": 3}, "known_roots=3 must be a list"),
        ({"known_tiers": ["a", "b"]}, "known_tiers must hold groups of columns, found 'a'"),
        ({"known_graph": [("a", "b"), ("b", "a")]}, "known_graph has a cycle: a -> b -> a"),
        ({"known_graph": "no.gml"}, "known_graph='no.gml' is no file"),
        (
            {"known_graph": [("a", "b")], "known_sinks": ["b"]},
            "known_graph= states every edge: drop required_edges, forbidden_edges, known_tiers, known_roots",
        ),
        ({"required_edges": [("a", "b")], "known_roots": ["b"]}, "in required_edges, but 'b' is in known_roots"),
        ({"required_edges": [("a", "b")], "known_sinks": ["a"]}, "in required_edges, but 'a' is in known_sinks"),
        ({"required_edges": [("a", "b")], "known_tiers": [["b"], ["a"]]}, "but known_tiers puts 'a'"),
    ],
)
def test_wrong_options_are_named(wrong, message):
    with pytest.raises(OptionError, match=message):
        CausalMixOptions.from_hyperparameters(wrong)


@pytest.mark.parametrize(
    ("short", "hint"),
    [
        ("alpha", "did you mean 'discovery_alpha'"),
        ("max_depth", "did you mean 'discovery_max_depth'"),
        ("n_resamples", "did you mean 'discovery_resamples'"),
        ("resamples", "did you mean 'discovery_resamples'"),
        ("graph", "did you mean 'known_graph'"),
        ("roots", "did you mean 'known_roots'"),
        ("tiers", "did you mean 'known_tiers'"),
        ("sinks", "did you mean 'known_sinks'"),
        ("causal_time_limit", "did you mean 'synthesis_time_limit'"),
        ("n_dags", "it belongs to generator='scm': write generator_options={'n_dags': 3}"),
        ("mechanism", "it belongs to generator='scm': write generator_options={'mechanism': 3}"),
        ("noise", "it belongs to generator='scm': write generator_options={'noise': 3}"),
    ],
)
def test_a_shortened_or_misplaced_name_gets_the_whole_one(short, hint):
    with pytest.raises(OptionError, match=re.escape(f"unknown option {short!r}") + ".*" + re.escape(hint)):
        CausalMixOptions.from_hyperparameters({short: 3})


def test_a_misplaced_option_is_that_of_the_generator_in_use():
    with pytest.raises(OptionError, match=r"belongs to generator='mixup': write generator_options=\{'alpha': 0.2\}"):
        CausalMixOptions.from_hyperparameters({"generator": "mixup", "alpha": 0.2})
    with pytest.raises(OptionError, match="did you mean 'holdout_share'"):
        CausalMixOptions.from_hyperparameters({"generator": "mixup", "holdout": 0.2})


def test_flat_and_grouped_options_are_the_same():
    flat = {
        "hf_model": "mini",
        "fine_tune_steps": 7,
        "missing_numbers": "indicator",
        "generator": "mixup",
        "generator_options": {"alpha": 0.2},
        "discovery_alpha": 0.2,
        "known_tiers": (("a",), ("b", "c")),
        "required_edges": (("a", "b"),),
        "seed": None,
    }
    options = CausalMixOptions.from_hyperparameters(flat)
    written = options.to_dict()
    assert {name: written[name] for name in flat} == flat and tuple(written) == OPTION_NAMES
    assert CausalMixOptions.from_hyperparameters(written) == options
    assert len(OPTION_NAMES) == len(set(OPTION_NAMES)) == 58
    assert CausalMixOptions.from_hyperparameters({}) == CausalMixOptions()


def test_options_are_frozen_and_an_objects_name_stands_for_it():
    options = CausalMixOptions.from_hyperparameters({"generator": Named(), "known_roots": ["a"], "seed": 4})
    assert options.to_dict()["generator"] == f"{__name__}:Named"
    assert (options.knowledge.roots, options.seed) == (("a",), 4)
    for group, name in ((options, "seed"), (options.tuning, "lr"), (options.knowledge, "roots")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(group, name, 1)


class Named:
    """A generator by object."""

    def fit(self, table):
        pass

    def sample(self, n, rng):
        pass


def test_a_wrong_option_fails_when_the_model_is_made_not_when_it_is_fitted(tmp_path):
    with pytest.raises(OptionError, match="did you mean 'mix_ratio'"):
        CausalMixModel(path=str(tmp_path), hyperparameters={"mix_ratios": 0.5}, problem_type="binary")


def test_search_spaces_pass_the_check(tmp_path):
    CausalMixModel(path=str(tmp_path), hyperparameters={"mix_ratio": space.Real(0, 1)}, problem_type="binary")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"mix_ratio": space.Real(0, 3)},
            "'mix_ratio' holds 3: mix_ratio=3 must be a number from 0 to 1",
        ),
        ({"discovery_resamples": space.Int(0, 5)}, "search space of 'discovery_resamples' holds 0"),
        (
            {"generator_options": space.Categorical({"n_dags": 1}, {"n_dags": 0})},
            "holds {'n_dags': 0}: n_dags=0 must be",
        ),
        (
            {"generator_options": space.Categorical({"mechanism": "tree"}, {"mechanism": "ridg"})},
            "holds {'mechanism': 'ridg'}: .*did you mean 'ridge'",
        ),
        ({"fine_tun_steps": space.Int(1, 5)}, "did you mean 'fine_tune_steps'"),
        (
            {"generator_options": {"n_dags": space.Int(1, 5)}},
            r"generator_options\['n_dags'\]=Int: lower=1, upper=5 is a search space inside a dictionary",
        ),
    ],
)
def test_a_search_space_beyond_the_options_range_fails_when_the_model_is_made(tmp_path, options, words):
    with pytest.raises(OptionError, match=words):
        CausalMixModel(path=str(tmp_path), hyperparameters=options, problem_type="binary")


@pytest.mark.parametrize("device", ["cuda:97", "cuda"])
def test_a_device_that_is_not_there_fails_when_the_model_is_made(tmp_path, monkeypatch, device):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(OptionError, match=f"device='{device}': torch sees no CUDA device here; take 'cpu'"):
        CausalMixModel(path=str(tmp_path), hyperparameters={"device": device}, problem_type="binary")


def test_whole_numbers_that_a_refit_averaged_are_read():
    assert CausalMixOptions.from_hyperparameters({"fine_tune_steps": 12.0}).tuning.fine_tune_steps == 12
    assert CausalMixOptions.from_hyperparameters({"discovery_resamples": 12.0}).discovery.n_resamples == 12
    for name, group in (("n_views", "tuning"), ("schedule_steps", "synthesis")):
        value = getattr(getattr(CausalMixOptions.from_hyperparameters({name: 3.0}), group), name)
        assert value == 3 and isinstance(value, int)


def test_whole_numbers_written_as_floats_elsewhere_are_named():
    """They would fail where rows are counted, deep in a fit, which would go on without synthetic rows."""
    for wrong in ({"generator_options": {"n_dags": 2.0}}, {"n_views": 2.5}):
        with pytest.raises(OptionError, match="must be a whole number"):
            CausalMixOptions.from_hyperparameters(wrong).check()


def test_the_learning_rate_follows_the_size_of_the_model_unless_it_is_given():
    assert TuningOptions().learning_rate(64) > TuningOptions().learning_rate(512)
    assert TuningOptions(lr=1e-3).learning_rate(512) == 1e-3


def test_the_most_specific_checkpoint_name_wins():
    weights = WeightsOptions(hf_model="a", hf_general_model="b", hf_reg_model="c")
    assert weights.checkpoint_name("binary") == "b"
    assert weights.checkpoint_name("regression") == "c"


def test_small_tables_are_seen_in_six_views_and_larger_ones_and_the_papers_methods_in_one():
    def views(n_rows, **options):
        return CausalMixOptions.from_hyperparameters(options).tuning.views(n_rows)

    assert (views(50), views(300), views(301)) == (6, 6, 1)
    assert views(50, n_views=2) == views(10_000, n_views=2) == 2
    assert all(views(50, method=name) == 1 and views(50, method=name, n_views=6) == 6 for name in METHODS)


def test_a_share_falls_over_its_own_steps_however_many_the_fit_has():
    def fall(**options):
        return CausalMixOptions.from_hyperparameters(options).fall

    falling = {"mix_schedule": "falling", "fine_tune_steps": 50}
    assert (fall(), fall(**falling), fall(**falling, schedule_steps=100)) == (0.0, 1.0, 0.5)
    assert fall(**falling, schedule_steps=20) == 2.5, "gone after 20 of 50 steps"
    refit = falling | {"fine_tune_steps": 30, "schedule_steps": 20}
    assert fall(**refit) / 30 == fall(**falling, schedule_steps=20) / 50, "a refit's steps fall as its fit's"


def test_what_has_no_effect_is_named_with_the_reason():
    def named(has_validation_rows=True, n_rows=300, in_bag=False, **options):
        fit = {"has_validation_rows": has_validation_rows, "n_rows": n_rows, "in_bag": in_bag}
        return [one.split(" (")[0] for one in CausalMixOptions.from_hyperparameters(options).without_effect(**fit)]

    members = {"rotate_holdout": True, "pooled_step": True, "member_columns": "blanket"}
    assert named(**members) == list(members) and named(False, **members, n_estimators=2) == [] == named()
    held_out = {"rotate_holdout": True, "holdout_share": 0.4}
    assert named(**held_out, n_estimators=2) == list(held_out) and named(False, **held_out, n_estimators=2) == []
    views = {"tuned_views": "first", "watched_views": "all"}
    assert named(**views, n_views=1) == list(views) and named(**views, n_views=2) == [] == named(**views)
    assert named(n_rows=301, **views) == list(views) and named(n_rows=301, **views, n_views=2) == []
    choice = {"keep_untuned_within": 1.0, "patience": 5, "selection": "eval_metric"}
    assert named(**choice) == [] == named(False, **choice)
    assert named(False, **choice, holdout_share=0) == list(choice)
    joins = {"validation_joins_support": True}
    assert named(**joins) == list(joins) and named(**joins, in_bag=True) == []
    falls = {"schedule_steps": 40}
    assert named(**falls) == list(falls) and named(**falls, mix_ratio=0) == []
    assert named(**falls, mix_schedule="falling") == []


@pytest.mark.parametrize("generator", ["tabebm", "scm"])
def test_a_control_that_mixes_nothing_may_name_any_generator(generator):
    CausalMixOptions.from_hyperparameters({"generator": generator, "mix_ratio": 0}).check("regression")
    with pytest.raises(OptionError, match="did you mean"):
        CausalMixOptions.from_hyperparameters({"generator": "tabebn", "mix_ratio": 0}).check("regression")
