"""Resolved options: what makes two settings the same."""

import pytest

from autogluon_causalmix.checkpoints import MINI_FOLDERS
from autogluon_causalmix.options import OPTION_NAMES, TuningOptions
from benchmarks.protocol.methods import Setting, causalmix, causalmix_or_model, in_predictor, peer, weights_digest


def test_methods_have_one_view_unless_they_name_more():
    assert causalmix({}, Setting())["n_views"] == causalmix({"method": "default"}, Setting())["n_views"] == 1
    assert (
        causalmix({"n_views": 6}, Setting())["n_views"]
        == causalmix({"method": "default", "n_views": 6}, Setting())["n_views"]
        == 6
    )


def test_a_method_and_its_spelled_out_options_are_the_same():
    spelled_out = causalmix({"generator": "scm", "mix_ratio": 1.0}, Setting())
    assert causalmix({"method": "scm_only"}, Setting()) == spelled_out
    assert set(OPTION_NAMES) < set(spelled_out)


def test_a_changed_default_is_another_method(monkeypatch):
    before = causalmix({}, Setting())
    names = list(TuningOptions.__dataclass_fields__)
    defaults = list(TuningOptions.__init__.__defaults__)
    patience = names.index("patience")
    defaults[patience] += 1
    monkeypatch.setattr(TuningOptions.__init__, "__defaults__", tuple(defaults))
    assert causalmix({}, Setting()) != before
    assert causalmix({"patience": before["patience"]}, Setting()) == before


def test_weights_count_by_their_content(tiny_classifier, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(tiny_classifier, copy)
    assert weights_digest(str(copy)) == weights_digest(tiny_classifier) != weights_digest("mini")
    with pytest.raises(ValueError, match="checkpoint='nowhere' is neither 'mini'"):
        weights_digest("nowhere")


def test_mini_is_another_checkpoint_for_another_task():
    classes, numbers = causalmix({}, Setting()), causalmix({}, Setting(task="regression"))
    assert numbers["weights"] == weights_digest(str(MINI_FOLDERS["regression"])) != classes["weights"]


def test_seed_weights_and_device_are_the_settings():
    options = causalmix({}, Setting(seed=3, device="cuda"))
    assert (options["seed"], options["hf_model"], options["device"]) == (3, "mini", "cuda")


def test_models_in_a_predictor_and_peers():
    ours = in_predictor({"model": "CAUSALMIX", "mix_ratio": "auto", "bag_folds": 8}, Setting())
    assert ours["bag_folds"] == 8 and ours["options"] == causalmix({"mix_ratio": "auto"}, Setting())
    assert in_predictor({"model": "MITRA"}, Setting())["options"]["weights"] == weights_digest("mini")
    assert peer({"model": "kNN"}, Setting(2)) == {"model": "kNN", "seed": 2}
    assert peer({"model": "untuned", "n_estimators": 4}, Setting())["options"]["n_estimators"] == 4


def test_a_model_of_autogluons_stands_beside_causalmix_options():
    assert causalmix_or_model({"method": "default"}, Setting()) == causalmix({"method": "default"}, Setting())
    forest = causalmix_or_model({"model": "RF", "fine_tune_steps": 2}, Setting(3))
    assert forest == {"model": "RF", "bag_folds": 0, "seed": 3, "options": {}}
