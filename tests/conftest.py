"""Small tables and checkpoints that tests share."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test asks the network; see also `_no_network`
# Hypothesis notes the machine's paths: outside the tree.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", os.path.join(tempfile.gettempdir(), "hypothesis-causalmix"))

import numpy as np
import pandas as pd
import pytest

LOCAL = ("127.0.0.1", "::1", "localhost", "0.0.0.0")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Refuse connections to anything but this machine (Ray talks to itself)."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if host not in LOCAL and not host.startswith(("127.", "10.", "172.", "192.168.")):
                raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _no_generator_of_another_test():
    """A generator found in the cache spares a fit, and the report says so."""
    if cache := sys.modules.get("autogluon_causalmix.augmentation.cache"):
        cache.SHARED.clear()


@pytest.fixture(autouse=True)
def _one_thread():
    """Two threads on tables this small only wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def seconds_of(call) -> float:
    """Wall-clock seconds of ``call()``: only to be compared with others of the same test."""
    began = time.monotonic()
    call()
    return time.monotonic() - began


def messy_frame(n: int, seed: int = 0) -> pd.DataFrame:
    """Every kind of column: numbers, integers, booleans, classes, dates, gaps, copies, constants."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    frame = pd.DataFrame(
        {
            "number": x,
            "effect": 2 * x + 0.5 * rng.standard_normal(n),
            "skewed": np.exp(rng.standard_normal(n)).astype(np.float32),
            "count": rng.poisson(3, n),
            "flag": rng.random(n) < 0.3,
            "colour": pd.Categorical(rng.choice(["red", "green", "blue"], n), categories=["green", "blue", "red"]),
            "size": pd.Categorical(rng.choice(["S", "M", "L"], n), categories=["S", "M", "L"], ordered=True),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "constant": 7,
        }
    )
    frame["copy"] = frame["number"]
    frame["gaps"] = np.where(rng.random(n) < 0.2, np.nan, frame["effect"])
    frame["class_gaps"] = frame["colour"].where(rng.random(n) > 0.15)
    frame["empty"] = np.nan
    frame["label"] = pd.Categorical(np.where(x + 0.5 * rng.standard_normal(n) > 0, "yes", "no"))
    return frame


@pytest.fixture
def messy() -> pd.DataFrame:
    return messy_frame(120)


@pytest.fixture(scope="session")
def tiny_classifier(tmp_path_factory) -> str:
    """Folder of a random two-layer classifier of 8 dimensions."""
    return _tiny(tmp_path_factory.mktemp("tiny-classifier"), regression=False)


@pytest.fixture(scope="session")
def tiny_regressor(tmp_path_factory) -> str:
    """Folder of a random two-layer regressor of 8 dimensions."""
    return _tiny(tmp_path_factory.mktemp("tiny-regressor"), regression=True)


def _tiny(folder, regression: bool) -> str:
    from autogluon_causalmix.incontext.mitra import new_tab2d

    new_tab2d(8, 2, 2, regression=regression, seed=0).save_pretrained(str(folder))
    return str(folder)


def blobs(n: int, seed: int = 0, n_classes: int = 2) -> tuple[pd.DataFrame, pd.Series]:
    """A small numeric problem with classes coded 0, 1, ... as AutoGluon hands them over."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n)
    y[:n_classes] = np.arange(n_classes)
    X = pd.DataFrame(rng.standard_normal((n, 4)) + y[:, None] * [1.0, 0.5, 0.0, 0.0], columns=list("abcd"))
    X["e"] = pd.Categorical(rng.choice(["u", "v", "w"], n))
    return X, pd.Series(y, name="y")


class OneClass:
    """Training rows of the first class, copied."""

    def fit(self, table):
        self.table = table.rows(np.flatnonzero(table.values[:, -1] == 0))
        return self

    def sample(self, n, rng):
        return self.table.rows(rng.integers(0, len(self.table), n))


def estimator(folder, problem_type="binary", n_classes=2, **options):
    """A small estimator, without AutoGluon."""
    from autogluon_causalmix.finetune.estimator import CausalMixEstimator
    from autogluon_causalmix.options import CausalMixOptions

    options = CausalMixOptions.from_hyperparameters(small(folder, **options))
    return CausalMixEstimator(options, problem_type, n_classes)


def small(folder, **options):
    """Hyperparameters of a fit of a second."""
    settings = {"hf_model": folder, "fine_tune_steps": 3, "discovery_resamples": 2, "pool_rows": 200}
    if options.get("generator", "scm") == "scm" and "method" not in options:
        settings["generator_options"] = {"n_dags": 2}
    return settings | options


def frame(n=80, n_classes=2, seed=0):
    """`blobs` as a user's table, the target called y."""
    X, y = blobs(n, seed, n_classes)
    return X.assign(y=y.map({k: f"class {k}" for k in range(n_classes)}))


def fit(path, data, hyperparameters, **options):
    """Fit a predictor to ``data`` on one core; ``init`` goes to its constructor."""
    from autogluon.tabular import TabularPredictor

    predictor = TabularPredictor(
        label="y", path=str(path), verbosity=options.pop("verbosity", 0), **options.pop("init", {})
    )
    return predictor.fit(data, hyperparameters=hyperparameters, fit_weighted_ensemble=False, num_cpus=1, **options)
