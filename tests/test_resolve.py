"""Checkpoints: found, replaced with a reason, or refused with the ways out."""

import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autogluon_causalmix.checkpoints import MINI_FOLDERS, resolve
from autogluon_causalmix.checkpoints.resolve import check_available, official_name, resolve_checkpoint
from autogluon_causalmix.errors import CheckpointError


@pytest.mark.parametrize(("problem_type", "n_outputs"), [("binary", 10), ("regression", 1)])
def test_the_bundled_checkpoint_is_small_and_readable_by_mitra(problem_type, n_outputs):
    from autogluon.tabular.models.mitra._internal.models.tab2d import Tab2D

    checkpoint = resolve_checkpoint("mini", problem_type)
    model = Tab2D.from_pretrained(checkpoint.folder, device="cpu")
    assert sum(p.numel() for p in model.parameters()) == checkpoint.n_parameters
    assert model.dim_output == n_outputs
    weights = Path(checkpoint.folder) / "model.safetensors"
    assert weights.stat().st_size < 8e6
    assert weights.stat().st_mode & 0o044, "readable by everyone"
    assert (weights.parent / "CARD.md").read_text().startswith("# mini")


@pytest.mark.parametrize("problem_type", ["binary", "multiclass", "regression"])
def test_without_a_name_a_fit_goes_on_with_mini_and_says_why(problem_type):
    checkpoint = resolve_checkpoint(None, problem_type)
    assert checkpoint.source == "bundled"
    assert "HF_HUB_OFFLINE" in checkpoint.fallback_reason


@pytest.mark.parametrize(
    ("name", "problem_type"),
    [
        ("autogluon/mitra-classifier", "binary"),
        ("autogluon/mitra-v2", "binary"),
        ("autogluon/mitra-regressor", "regression"),
    ],
)
def test_a_checkpoint_that_cannot_be_had_is_an_error_with_three_ways(name, problem_type, monkeypatch):
    monkeypatch.setattr("huggingface_hub.utils.get_session", lambda: pytest.fail("offline, and the hub was asked"))
    with pytest.raises(CheckpointError, match=r"\(1\) download.*\(2\) a local folder.*\(3\).*mini"):
        resolve_checkpoint(name, problem_type)


def test_an_unreachable_hub_is_asked_once_and_not_waited_for(monkeypatch):
    """The client's own retries take about 24 s; name resolution alone can take longer than any time-out."""
    from huggingface_hub import constants, utils

    asked, answer = [], threading.Event()

    class Deaf:
        def head(self, url, timeout):
            asked.append(timeout)
            answer.wait()

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(utils, "get_session", lambda: Deaf())
    monkeypatch.setattr(resolve, "_unreachable", {})
    with pytest.raises(CheckpointError, match="did not answer"):
        resolve_checkpoint("autogluon/mitra-classifier", "binary")
    assert not answer.is_set(), "given up before the hub has answered"
    with pytest.raises(CheckpointError):
        check_available("autogluon/mitra-classifier", "binary")
    assert asked == [resolve.PROBE_SECONDS], "the answer is remembered for the next fold"
    answer.set()


def test_cached_files_are_used_without_asking(monkeypatch, tiny_classifier):
    import huggingface_hub

    monkeypatch.setattr(
        huggingface_hub, "try_to_load_from_cache", lambda repo_id, filename, **_: f"{tiny_classifier}/{filename}"
    )
    checkpoint = resolve_checkpoint(None, "binary")
    assert (checkpoint.source, checkpoint.folder, checkpoint.fallback_reason) == ("hub", tiny_classifier, None)


@pytest.mark.parametrize("name", ["/no/such/folder", "./nowhere", "folder"])
def test_a_mistyped_folder_is_named(name):
    with pytest.raises(CheckpointError, match="no folder"):
        resolve_checkpoint(name, "binary")


def test_incomplete_folders_and_wrong_tasks_are_named(tmp_path, tiny_regressor):
    (tmp_path / "config.json").write_text(json.dumps({"dim": 8}))
    with pytest.raises(CheckpointError, match=r"has no model\.safetensors"):
        resolve_checkpoint(str(tmp_path), "binary")
    with pytest.raises(CheckpointError, match="is for regression, the problem is classification"):
        resolve_checkpoint(tiny_regressor, "binary")
    with pytest.raises(CheckpointError, match="is for classification, the problem is regression"):
        resolve_checkpoint(str(MINI_FOLDERS["classification"]), "regression")


def test_offline_what_autogluon_has_cached_is_used(monkeypatch, tiny_classifier):
    import huggingface_hub

    main = lambda repo_id, filename, revision=None: None if revision else f"{tiny_classifier}/{filename}"  # noqa: E731
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", main)
    checkpoint = resolve_checkpoint(None, "binary")
    assert (checkpoint.source, checkpoint.folder) == ("hub", tiny_classifier)


def test_where_the_download_fails_what_autogluon_has_cached_is_used(monkeypatch, tiny_classifier):
    import huggingface_hub

    def download(repo_id, filename, **_):
        raise OSError("no room")

    main = lambda repo_id, filename, revision=None: None if revision else f"{tiny_classifier}/{filename}"  # noqa: E731
    monkeypatch.setattr(resolve, "_unreachable", {})
    monkeypatch.setattr(resolve, "_why_unreachable", lambda: None)
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", main)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    assert [resolve_checkpoint(None, "binary").folder for _ in range(2)] == [tiny_classifier] * 2


@pytest.fixture(params=["half", "empty", "no header", "one byte"])
def damaged(request, tmp_path, tiny_classifier):
    """A checkpoint folder whose weights were cut off or overwritten."""
    shutil.copytree(tiny_classifier, tmp_path / "damaged")
    weights = tmp_path / "damaged" / "model.safetensors"
    whole = weights.read_bytes()
    cut = {"half": whole[: len(whole) // 2], "empty": b"", "no header": b"\0" * len(whole), "one byte": whole[:-1]}
    weights.write_bytes(cut[request.param])
    return str(tmp_path / "damaged")


def test_damaged_weights_in_a_folder_are_named_at_once(damaged):
    with pytest.raises(CheckpointError, match=r"model\.safetensors is cut short or damaged: copy or download it again"):
        check_available(damaged, "binary")


def test_damaged_weights_in_the_cache_are_fetched_anew(monkeypatch, damaged, tiny_classifier):
    import huggingface_hub

    asked = []

    def download(repo_id, filename, revision, force_download):
        asked.append(force_download)
        return shutil.copy(f"{tiny_classifier}/{filename}", damaged)

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda repo_id, name, **_: f"{damaged}/{name}")
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    offline = resolve_checkpoint(None, "binary")
    assert offline.source == "bundled" and "the file in the cache is damaged" in offline.fallback_reason
    monkeypatch.setattr(resolve, "_why_unreachable", lambda: None)
    assert resolve_checkpoint(None, "binary").folder == damaged
    assert asked == [True, True]
    assert resolve_checkpoint(None, "binary").folder == damaged and len(asked) == 2, "whole now"


def test_the_command_that_the_message_names_is_one(tmp_path):
    """`huggingface-cli`, which it named once, prints that it no longer works and exits with 0."""
    with pytest.raises(CheckpointError) as caught:
        resolve_checkpoint(str(tmp_path / "nothing"), "binary")
    command, wanted, asked = re.search(r"`(\S+) (download) (\S+)`", str(caught.value)).groups()
    done = subprocess.run([Path(sys.executable).parent / command, wanted, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and f"Usage: {command} {wanted}" in done.stdout, done.stdout + done.stderr
    assert asked == official_name("binary")


@pytest.mark.parametrize("name", ["my weights/mitra", "mini/"])
def test_a_name_that_no_repository_can_have_is_named_with_the_three_ways(name):
    with pytest.raises(CheckpointError, match=r"is not available: .*Three ways"):
        resolve_checkpoint(name, "binary")


@pytest.mark.parametrize("config", ["3", "null", "[]"])
def test_a_config_that_holds_no_settings_is_named(tmp_path, config, tiny_classifier):
    shutil.copytree(tiny_classifier, tmp_path / "odd")
    (tmp_path / "odd" / "config.json").write_text(config)
    with pytest.raises(CheckpointError, match="holds no settings"):
        resolve_checkpoint(str(tmp_path / "odd"), "binary")
