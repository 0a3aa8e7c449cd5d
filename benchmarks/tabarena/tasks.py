"""Tasks for the TabArena run: the official ones, or local ones that need no network.

Local classification tasks are the offline benchmark's tables with TabArena's split scheme (three
folds, ten repeats below 2,500 rows, else three); `grouped_task` and `temporal_task` are simulated.
Their files lie in a folder of the run, whose path is part of the task's id: for workers on several
machines it must be on a shared file system.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, StratifiedKFold
from tabarena.benchmark.task.metadata.collection import TaskMetadataCollection
from tabarena.benchmark.task.user_task import UserTask

from benchmarks.protocol.tables import TARGET, load

#: Repeats of three folds, by the rows of the table.
MANY_REPEATS, FEW_REPEATS, MANY_BELOW = 10, 3, 2500


def official(lite: bool) -> TaskMetadataCollection:
    """TabArena's classification tasks inside TabPFN's (and Mitra's) limits; needs the network."""
    tasks = TaskMetadataCollection.from_preset("TabArena-v0.1")
    scope = {"subset": ["classification", "tabpfn"]} | ({"split_indices": "lite"} if lite else {})
    return tasks.subset_tasks(**scope).materialize()


def local(names: list[str], folder: Path, lite: bool, max_rows: int | None = None) -> TaskMetadataCollection:
    """Tables of `benchmarks.protocol.tables` as tasks saved in ``folder``."""
    tasks = []
    for name in names:
        frame = load(name)
        if max_rows is not None and len(frame) > max_rows:
            frame = frame.sample(max_rows, random_state=0)
        frame = frame.reset_index(drop=True)
        frame[TARGET] = frame[TARGET].cat.remove_unused_categories()
        repeats = 1 if lite else MANY_REPEATS if len(frame) < MANY_BELOW else FEW_REPEATS
        splits = {
            repeat: _folds(StratifiedKFold(3, shuffle=True, random_state=repeat), frame, frame[TARGET])
            for repeat in range(repeats)
        }
        tasks.append(_saved(f"causalmix-{name}", folder, frame, splits, stratify_on=TARGET))
    collection = TaskMetadataCollection.from_user_tasks(tasks)
    return collection.subset_tasks(split_indices="lite") if lite else collection


def grouped_task(folder: Path, n_groups: int = 40, rows_per_group: int = 6) -> UserTask:
    """Patients with several visits: no patient is in training and test."""
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(n_groups), rows_per_group)
    severity = rng.standard_normal(n_groups)[patient]
    frame = _numbers(rng, severity)
    frame["patient"] = patient
    splits = {0: _folds(GroupKFold(3), frame, frame[TARGET], frame["patient"])}
    return _saved("causalmix-grouped", folder, frame, splits, group_on="patient", group_labels="per_group")


def temporal_task(folder: Path, n: int = 240) -> UserTask:
    """Daily rows whose relation drifts: the last third tests."""
    rng = np.random.default_rng(1)
    day = np.arange(n)
    frame = _numbers(rng, rng.standard_normal(n) + day / n)
    frame["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")
    cut = 2 * n // 3
    splits = {0: {0: (day[:cut].tolist(), day[cut:].tolist())}}
    return _saved(
        "causalmix-temporal", folder, frame, splits, time_on="day", split_time_horizon=n // 3,
        split_time_horizon_unit="days",
    )  # fmt: skip


def _numbers(rng: np.random.Generator, cause: np.ndarray) -> pd.DataFrame:
    n = len(cause)
    frame = pd.DataFrame(rng.standard_normal((n, 4)) + 0.7 * cause[:, None], columns=list("abcd"))
    frame["kind"] = pd.Categorical(rng.choice(["u", "v"], n))
    frame[TARGET] = pd.Categorical(np.where(cause + 0.5 * rng.standard_normal(n) > 0, "yes", "no"))
    return frame


def _folds(splitter, frame: pd.DataFrame, y: pd.Series, groups: pd.Series | None = None) -> dict:
    return {
        fold: (train.tolist(), test.tolist()) for fold, (train, test) in enumerate(splitter.split(frame, y, groups))
    }


def _saved(name: str, folder: Path, frame: pd.DataFrame, splits: dict, **about) -> UserTask:
    task = UserTask(task_name=name, task_cache_path=folder.resolve())
    # TabArena's official metrics, named: a metric left open is lost in the batch's CSV file.
    metric = "roc_auc" if frame[TARGET].nunique() == 2 else "log_loss"
    created = task.create_task(
        target_feature=TARGET, problem_type="classification", dataset=frame, splits=splits, eval_metric=metric, **about
    )
    task.save_task(created)
    return task
