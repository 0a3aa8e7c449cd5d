"""A stand-in for the official weights is named on the leaderboard; what the user chose is not."""

import logging

import pytest
from autogluon.tabular import TabularPredictor

from autogluon_causalmix import CausalMixModel, report
from autogluon_causalmix.checkpoints import MINI_FOLDER, resolve

from .conftest import fit, frame

SMALL = {"fine_tune_steps": 1, "mix_ratio": 0.0}


@pytest.mark.parametrize("key", ["CAUSALMIX", CausalMixModel])
def test_the_leaderboard_names_a_stand_in_that_nobody_chose(tmp_path, key):
    configurations = [
        SMALL,
        {**SMALL, "hf_model": "mini"},
        {**SMALL, "hf_reg_model": "no/where", "ag_args": {"name_suffix": "_default"}},
        {**SMALL, "hf_cls_model": str(MINI_FOLDER), "ag_args": {"name_suffix": "_folder"}},
    ]
    predictor = fit(tmp_path, frame(60), {key: configurations})
    board = predictor.leaderboard(display=False)["model"]
    assert set(board) == {"CausalMix_mini", "CausalMix", "CausalMix_mini_default", "CausalMix_folder"}


def test_a_bag_of_stand_ins_is_named_refitted_and_loaded(tmp_path):
    data = frame(60)
    predictor = fit(tmp_path, data, {"CAUSALMIX": SMALL}, num_bag_folds=2, dynamic_stacking=False)
    assert predictor.leaderboard(display=False)["model"].tolist() == ["CausalMix_mini_BAG_L1"]
    predictor.refit_full()
    again = TabularPredictor.load(str(tmp_path))
    assert set(again.leaderboard(data, display=False)["model"]) == {
        "CausalMix_mini_BAG_L1",
        "CausalMix_mini_BAG_L1_FULL",
    }
    assert {one["weights"]["name"] for one in report(again).folds["CausalMix_mini_BAG_L1"].values()} == {"mini"}


def test_official_weights_need_no_suffix(monkeypatch, tiny_classifier):
    import huggingface_hub

    monkeypatch.setattr(
        huggingface_hub, "try_to_load_from_cache", lambda repo_id, filename, **_: f"{tiny_classifier}/{filename}"
    )
    assert resolve.stand_in_name("binary") is None


def test_a_download_that_failed_makes_a_stand_in_and_a_name_fetches_nothing_large(monkeypatch, tiny_classifier):
    import huggingface_hub

    asked = []

    def download(repo_id, filename, revision=None, force_download=False):
        asked.append(filename)
        if filename == "config.json":
            return f"{tiny_classifier}/{filename}"
        raise OSError("the storage host is blocked")

    monkeypatch.setattr(resolve, "_unreachable", {})
    monkeypatch.setattr(resolve, "_why_unreachable", lambda: None)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    assert resolve.stand_in_name("binary") is None and asked == ["config.json"]
    for _ in range(2):
        fitted = resolve.resolve_checkpoint(None, "binary")
        assert fitted.source == "bundled" and "the storage host is blocked" in fitted.fallback_reason
    assert asked == ["config.json"] * 2 + ["model.safetensors"], "a failed download is not begun again at once"
    assert resolve.stand_in_name("binary") == "mini" and len(asked) == 3
    with pytest.raises(resolve.CheckpointError, match="the storage host is blocked"):
        resolve.fetch_official("binary")
    assert len(asked) == 5, "who asks for them by name may have mended what failed"


@pytest.mark.parametrize("whole", [False, True])
def test_offline_the_small_file_alone_in_the_cache_is_no_model(monkeypatch, tiny_classifier, whole):
    import huggingface_hub

    def cached(repo_id, filename, **_):
        return f"{tiny_classifier}/{filename}" if whole or filename == "config.json" else None

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", cached)
    assert resolve.stand_in_name("binary") == (None if whole else "mini")


def test_a_regression_without_weights_is_skipped_in_one_sentence(tmp_path, caplog, monkeypatch):
    def nothing(name, problem_type):
        raise resolve.CheckpointError("nothing there") from OSError("the hub is switched off")

    monkeypatch.setattr("autogluon_causalmix.model.resolve_checkpoint", nothing)
    data = frame().assign(y=lambda d: d["a"] * 10)
    for folder, options in (("one", {}), ("bag", {"num_bag_folds": 2, "dynamic_stacking": False})):
        caplog.clear()
        with caplog.at_level(logging.INFO):
            options |= {"verbosity": 2, "raise_on_model_failure": True}
            predictor = fit(tmp_path / folder, data, {"CAUSALMIX": {}, "DUMMY": {}}, **options)
        (line,) = (record.message for record in caplog.records if "Skipping" in record.message)
        assert "there are no weights for a regression (the hub is switched off): download them once" in line
        assert "set hf_model to a folder" in line and "Traceback" not in caplog.text
        assert any("Dummy" in name for name in predictor.model_names())
