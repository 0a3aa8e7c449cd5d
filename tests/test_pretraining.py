"""The prior draws learnable tables, and a run resumes where it was killed."""

import numpy as np
import pytest
import torch

from autogluon_causalmix.pretraining.families import FAMILIES, FAMILY_WEIGHTS
from autogluon_causalmix.pretraining.prior import MAX_CLASSES, Difficulty, sample_batch
from autogluon_causalmix.pretraining.state import read_state
from autogluon_causalmix.pretraining.train import TrainOptions, run


@pytest.mark.parametrize("progress", [0.0, 0.2, 1.0])
def test_batches_are_finite_and_labelled_from_their_support(progress):
    difficulty = Difficulty.at(progress)
    for seed in range(60):
        batch = sample_batch(np.random.default_rng(seed), difficulty, 2000)
        assert np.isfinite(batch.x).all(), batch.family
        assert batch.x.shape[2] <= difficulty.max_features
        assert batch.x.shape[1] <= difficulty.max_rows
        for y in batch.y:
            support = y[: batch.n_support]
            assert set(np.unique(support)) == set(range(support.max() + 1))
            assert support.max() < MAX_CLASSES
            assert set(y[batch.n_support :]) <= {-100, *support}


def test_the_same_seed_gives_the_same_batch():
    a, b = (sample_batch(np.random.default_rng([1, 2]), Difficulty.at(1.0), 3000) for _ in range(2))
    np.testing.assert_array_equal(a.x, b.x)
    np.testing.assert_array_equal(a.y, b.y)


def test_difficulty_grows():
    easy, hard = Difficulty.at(0.0), Difficulty.at(1.0)
    assert easy.max_features < hard.max_features and easy.max_rows < hard.max_rows
    assert easy.max_noise < hard.max_noise and easy.share_binary > hard.share_binary


@pytest.mark.parametrize("family", FAMILIES)
def test_a_forest_learns_every_family(family):
    """Labels depend on features: on average over tables a forest ranks unseen rows well."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score

    from autogluon_causalmix.pretraining.prior import _labels

    aucs = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x, scores, y = FAMILIES[family](rng, 1, 400, 6, 2, 0.0)
        y = (_labels(rng, scores, 2, 0.0) if y is None else y)[0]
        if len(np.unique(y[:300])) == len(np.unique(y[300:])) == 2:
            forest = RandomForestClassifier(50, random_state=0).fit(x[0, :300], y[:300])
            aucs.append(roc_auc_score(y[300:], forest.predict_proba(x[0, 300:])[:, 1]))
    assert len(aucs) >= 6
    assert np.mean(aucs) > 0.65


def test_family_weights_are_shares():
    assert len(FAMILY_WEIGHTS) == len(FAMILIES)
    assert sum(FAMILY_WEIGHTS) == pytest.approx(1)


def options(out, tokens):
    return TrainOptions(
        out=out, tokens=tokens, processes=1, cells_per_step=500, dim=8, n_layers=2, n_heads=2, eval_every=5
    )


def test_a_run_that_was_cut_resumes_and_its_checkpoint_can_be_used(tmp_path, monkeypatch):
    monkeypatch.setattr("autogluon_causalmix.pretraining.loop.Pretraining.held_out_loss", lambda self: 0.0)
    run(options(tmp_path, 6000))
    first = read_state(tmp_path / "state.pt")
    assert first["tokens"] >= 6000
    run(options(tmp_path, 12_000))
    second = read_state(tmp_path / "state.pt")
    assert second["step"] > first["step"] and second["tokens"] >= 12_000
    assert not torch.equal(first["master"]["final_layer.weight"], second["master"]["final_layer.weight"])

    from autogluon_causalmix.checkpoints.resolve import resolve_checkpoint

    checkpoint = resolve_checkpoint(str(tmp_path / "checkpoint"), "binary")
    assert checkpoint.config["dim"] == 8
    assert (tmp_path / "checkpoint" / "model.safetensors").stat().st_mode & 0o044
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) >= 2


@pytest.mark.slow
def test_two_processes_train_one_model(tmp_path):
    two = TrainOptions(
        out=tmp_path, tokens=20_000, processes=2, cells_per_step=500, dim=8, n_layers=2, n_heads=2, eval_every=10**6
    )
    run(two)
    state = read_state(tmp_path / "state.pt")
    assert state["tokens"] >= 20_000
    assert state["tokens"] / state["step"] > 600, "both processes' cells count"
