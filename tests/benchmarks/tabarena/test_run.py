"""The TabArena run, end to end and offline: smoke, resume, groups and time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("tabarena", reason="the extra `tabarena` is not installed")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
#: Loaded by every Python process of the run, Ray workers too: notes who asks for the network, and refuses.
BLOCK = """
import os, socket
connect = socket.socket.connect
def guarded(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = str(address[0])
        if host not in ("localhost", "::1", "0.0.0.0") and not host.startswith(("127.", "10.", "172.", "192.168.")):
            if not host.startswith("169.254."):  # Ray looks for a TPU at the machine's own metadata server
                with open(os.environ["NETWORK_LOG"], "a") as file:
                    file.write(f"{address}\\n")
            raise OSError(f"no network in this test: {address}")
    return connect(self, address)
socket.socket.connect = guarded
"""


@pytest.fixture
def tables():
    """The local tables, which the install step fetched; a test never does."""
    from benchmarks.protocol.tables import KEEL
    from benchmarks.protocol.wheels import WheelError

    try:
        KEEL.path()
    except WheelError as missing:
        pytest.fail(str(missing), pytrace=False)


@pytest.fixture
def run(tmp_path):
    (tmp_path / "block").mkdir()
    (tmp_path / "block" / "sitecustomize.py").write_text(BLOCK)
    log = tmp_path / "network.log"

    def ran(*arguments: str) -> str:
        environment = os.environ | {
            "PYTHONPATH": f"{tmp_path / 'block'}:{ROOT}",
            "NETWORK_LOG": str(log),
            "OMP_NUM_THREADS": "1",
            "HF_HUB_OFFLINE": "0",
        }
        command = [sys.executable, "-m", "benchmarks.tabarena.run", "--smoke", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    yield ran
    assert not log.exists(), f"asked for the network: {log.read_text()}"


def test_the_block_blocks(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(BLOCK)
    code = "import socket; socket.create_connection(('8.8.8.8', 53), timeout=2)"
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "NETWORK_LOG": str(tmp_path / "log")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert "no network in this test" in done.stderr and (tmp_path / "log").exists()


@pytest.mark.alone  # beside another test it took 670 s for 158
def test_smoke_on_ray_workers_and_resume(tables, run, tmp_path):
    out = tmp_path / "out"
    first = run("--out", str(out), "--workers", "2", "--no-figures")
    assert "10 jobs had no result, 10 of them were run" in first
    results = pd.read_csv(out / "results.csv")
    assert results["metric_error"].notna().all() and results["metric_error_val"].notna().all()
    assert set(results["metric"]) == {"roc_auc", "log_loss"}
    methods = {
        "CausalMix_c1_BAG_L1",
        "CausalMix_r1_BAG_L1",
        "Mitra_c1_BAG_L1",
        "LightGBM_c1_BAG_L1",
        "RandomForest_c1_BAG_L1",
    }
    assert set(results["method"]) == methods and len(results) == 10
    leaderboard = (out / "leaderboard.md").read_text()
    assert all(column in leaderboard for column in ("rank", "improvability", "winrate", "validation - test error"))

    shutil.rmtree(next((out / "results" / "data" / "RandomForest_c1_BAG_L1").glob("*wine*")))
    again = run("--out", str(out), "--no-figures")
    assert "1 jobs had no result, 1 of them were run" in again
    assert "0 jobs had no result" in run("--out", str(out))
    with pytest.raises(AssertionError, match="was begun with other arguments"):
        run("--out", str(out), "--configs", "3")
    assert any((out / "figures").rglob("*.png")), "TabArena's own figures"


def test_groups_and_time_with_their_own_inner_splits(run, tmp_path):
    out = tmp_path / "out"
    text = run("--non-iid", "--holdout", "--out", str(out), "--no-figures")
    assert text.count("Loading validation metadata into experiment") == 10, "inner splits follow the task"
    results = pd.read_csv(out / "results.csv")
    ours = results[results["method"].str.startswith("CausalMix")]
    assert ours["dataset"].str.contains("grouped").any() and ours["dataset"].str.contains("temporal").any()
    assert ours["metric_error"].notna().all()


def test_a_holdout_fit_gives_the_gap_between_validation_and_test(tables, run, tmp_path):
    out = tmp_path / "out"
    text = run("--holdout", "--datasets", "wine", "--out", str(out), "--no-figures")
    assert "CausalMix_c1_HOLDOUT" in text and "validation - test error" in text
