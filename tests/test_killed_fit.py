"""A fit whose process is killed leaves nothing half-written in any cache, and the next fit is a whole one."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from autogluon_causalmix.checkpoints import MINI_FOLDER
from autogluon_causalmix.checkpoints.resolve import OFFICIAL, REVISIONS

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="kill -9")]

ROOT = Path(__file__).parent.parent
REPOSITORY = OFFICIAL["classification"]
WEIGHTS = (MINI_FOLDER / "model.safetensors").read_bytes()
#: Fits on 60 rows; "step" is printed whenever the loop takes rows from the generator.
FIT = """
import json, sys
import numpy as np, pandas as pd
from autogluon.tabular import TabularPredictor
import autogluon_causalmix

class Speaking:
    def fit(self, table):
        self.table = table
    def sample(self, n, rng):
        print("step", flush=True)
        return self.table.with_values(self.table.values[rng.integers(len(self.table.values), size=n)])

rng = np.random.default_rng(0)
table = pd.DataFrame(rng.standard_normal((60, 3)), columns=list("abc"))
table["y"] = np.where(table["a"] > 0, "yes", "no")
options = {"generator": Speaking(), "mix_ratio": 1.0, "pool_rows": 100} | json.loads(sys.argv[1])
predictor = TabularPredictor("y", path="model", verbosity=0).fit(
    table, hyperparameters={"CAUSALMIX": options}, fit_weighted_ensemble=False, num_cpus=1
)
assert len(predictor.predict(table)) == 60
print(*autogluon_causalmix.report(predictor).summary()["weights"])
"""


class Hub:
    """A model hub on this machine that has the bundled weights under the official name."""

    def __init__(self):
        self.half_sent, self.go_on = threading.Event(), threading.Event()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.answer(body=False)

            def do_GET(self):
                self.answer(body=True)

            def answer(self, body: bool):
                name = self.path.rsplit("/", 1)[-1]
                content = (MINI_FOLDER / name).read_bytes() if name in ("config.json", "model.safetensors") else b""
                start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
                self.send_response((206 if start else 200) if content or self.path == "/" else 404)
                self.send_header("Content-Length", str(len(content) - start))
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
                self.send_header("ETag", f'"{len(content)}"')
                self.send_header("X-Repo-Commit", REVISIONS[REPOSITORY])
                self.end_headers()
                if body and content == WEIGHTS and not hub.go_on.is_set():
                    self.wfile.write(content[: len(content) // 2])
                    self.wfile.flush()
                    hub.half_sent.set()
                    hub.go_on.wait()
                elif body:
                    self.wfile.write(content[start:])

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def hub():
    hub = Hub()
    yield hub
    hub.go_on.set()
    hub.server.shutdown()
    hub.server.server_close()


@pytest.fixture
def start(tmp_path):
    """Starts a fit in an empty home; its model goes to a folder of its own."""
    home, work = tmp_path / "home", tmp_path / "work"
    for folder in (home / "tmp", work):
        folder.mkdir(parents=True)
    caches = ("XDG_", "HF_", "MPL", "TORCH")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(caches)}
    inherited |= {"HOME": str(home), "TMPDIR": str(home / "tmp"), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}

    def started(options: str, **environment: str) -> subprocess.Popen:
        command = [sys.executable, "-c", FIT, options]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=work, env=inherited | {"HF_HUB_OFFLINE": "0"} | environment, **pipes)

    return home, started


def weights(process: subprocess.Popen) -> str:
    """What the report of a fit that ended well calls its weights."""
    out, err = process.communicate()
    assert process.returncode == 0, err[-3000:]
    return out.splitlines()[-1]


def files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and path.stat().st_size]


def test_killed_while_weights_are_downloaded(start, hub):
    home, started = start
    options = '{"fine_tune_steps": 2}'
    fit = started(options, HF_ENDPOINT=hub.address)
    assert hub.half_sent.wait(300), "the fit never asked for the weights"
    fit.kill()
    fit.communicate()
    # The hub's client keeps what it has under a name that nothing reads as a checkpoint.
    assert {path.name.endswith(".incomplete") for path in files(home) if path.stat().st_size > 10_000} <= {True}
    assert not list(home.rglob("model.safetensors")), "no checkpoint in the cache"

    assert "mini" in weights(started(options, HF_HUB_OFFLINE="1")), "half a checkpoint is none"
    hub.go_on.set()
    assert REPOSITORY in weights(started(options, HF_ENDPOINT=hub.address))
    assert [path.read_bytes() for path in home.rglob("model.safetensors")] == [WEIGHTS]
    assert not [path for path in files(home) if path.name.endswith(".incomplete")]


def test_killed_while_it_trains(start):
    home, started = start
    fit = started('{"hf_model": "mini", "fine_tune_steps": 1000000, "patience": 1000000}')
    assert [fit.stdout.readline() for _ in range(5)] == ["step\n"] * 5, "it is in its loop"
    fit.kill()
    fit.communicate()
    assert files(home) == [], "home, caches and temporary folder"
    assert weights(started('{"hf_model": "mini", "fine_tune_steps": 2}')) == "mini"
