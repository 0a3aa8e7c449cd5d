"""CAUSALMIX in TabArena beside MITRA, LightGBM and RandomForest.

    python -m benchmarks.datasets                             # once: fetches the local tables
    python -m benchmarks.tabarena.run --smoke                 # minutes, no network
    python -m benchmarks.tabarena.run --out runs/tabarena     # local tasks, Lite, 8-fold bags
    python -m benchmarks.tabarena.run --non-iid --out runs/x  # a grouped and a temporal local task
    python -m benchmarks.tabarena.run --official --configs 25 # the official tasks; needs the network

Resumes: the same ``--out`` runs only what has no result yet. ``--holdout`` fits one model with a
validation split instead of a bag, the setting of the paper. Writes the leaderboard (TabArena's
rank, improvability, win rate), the validation-test gap and, unless ``--no-figures``, TabArena's
own figures. Metrics are TabArena's: ROC-AUC for two classes, log loss for more.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from pathlib import Path

import pandas as pd
from autogluon.common.space import Categorical
from autogluon.tabular.models import LGBModel, MitraModel, RFModel
from tabarena.benchmark.experiment.job import JobBatch, build_jobs
from tabarena.contexts.abstract_arena_context import AbstractArenaContext
from tabarena.end_to_end import EndToEnd
from tabarena.utils.config_utils import AGConfigGenerator, ConfigGenerator

from autogluon_causalmix import tabarena
from autogluon_causalmix.checkpoints import MINI_FOLDER
from autogluon_causalmix.checkpoints.resolve import OFFICIAL
from autogluon_causalmix.model import CausalMixModel
from benchmarks.datasets import DATASETS
from benchmarks.tabarena import tasks
from benchmarks.tabarena.workers import gather, run_batch
from benchmarks.wheels import WheelError

SMOKE_TABLES = ["heart", "wine"]
#: What a smoke run shortens.
SMOKE_STEPS = 5


def generators(arguments: argparse.Namespace) -> list[tuple[AGConfigGenerator, int]]:
    """Configuration generators and how many random configurations of each."""
    weights = {} if arguments.weights == "official" else {"hf_model": str(MINI_FOLDER)}
    steps = {"fine_tune_steps": SMOKE_STEPS} if arguments.smoke else {}
    # Named, so that weights which cannot be had are an error and never the bundled ones.
    own = {"hf_model": "mini" if arguments.weights == "mini" else OFFICIAL["classification"]}
    space = tabarena.search_space | {name: Categorical(value) for name, value in (own | steps).items()}
    return [
        (ConfigGenerator(space, CausalMixModel, manual_configs=[own | steps]), arguments.configs),
        (ConfigGenerator({}, MitraModel, manual_configs=[weights | steps]), 0),
        (ConfigGenerator({}, LGBModel, manual_configs=[{}]), 0),
        (ConfigGenerator({}, RFModel, manual_configs=[{}]), 0),
    ]


def experiments(arguments: argparse.Namespace) -> list:
    """Experiments of all models; the two in-context models carry Mitra's limits."""
    made = []
    common = {"time_limit": arguments.time_limit, "dynamic_tabarena_validation_protocol": arguments.non_iid}
    for generator, n_random in generators(arguments):
        if arguments.holdout:
            some = generator.generate_all_holdout_experiments(num_random_configs=n_random, **common)
        else:
            some = generator.generate_all_bag_experiments(
                num_random_configs=n_random,
                num_bag_folds=arguments.bag_folds,
                add_seed="fold-config-wise",
                fold_fitting_strategy="sequential_local",
                **common,
            )
        if generator.model_cls in (CausalMixModel, MitraModel):
            for experiment in some:
                experiment.set_model_constraints(tabarena.constraints)
        made += some
    return made


def prepare(arguments: argparse.Namespace) -> None:
    """Write the batch of jobs into the run's folder, unless one is there: then it is resumed."""
    folder, asked = arguments.out / "batch", arguments.out / "arguments.json"
    how = {k: v for k, v in vars(arguments).items() if k not in ("out", "workers", "figures")}
    if folder.exists():
        before = json.loads(asked.read_text())
        other = {k: (before.get(k), v) for k, v in how.items() if before.get(k) != v}
        if other:
            raise SystemExit(
                f"{arguments.out} was begun with other arguments, {other}: repeat those or take another --out"
            )
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    asked.write_text(json.dumps(how))
    if arguments.official:
        collection = tasks.official(arguments.lite)
    elif arguments.non_iid:
        made = [make(arguments.out / "tasks") for make in (tasks.grouped_task, tasks.temporal_task)]
        collection = tasks.TaskMetadataCollection.from_user_tasks(made)
        if arguments.lite:
            collection = collection.subset_tasks(split_indices="lite")
    else:
        names = arguments.datasets or (SMOKE_TABLES if arguments.smoke else DATASETS)
        collection = tasks.local(names, arguments.out / "tasks", arguments.lite, arguments.max_rows)
    JobBatch(jobs=build_jobs(experiments(arguments), collection), task_metadata=collection).save(folder)


def evaluate(folder: Path, figures: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leaderboard and validation-test gap from the results in ``folder``; writes both."""
    collection = JobBatch.load(folder / "batch").task_metadata
    results = EndToEnd.from_raw(gather(folder), task_metadata=collection, cache=False, backend="native")
    frame = results.get_results(use_model_results=True)
    methods = results.to_method_metadata_lst(use_model_results=True)
    context = AbstractArenaContext(methods=methods, task_metadata=collection, backend="native")
    leaderboard = context.compare(folder / "figures" if figures else None, plot=figures, figure_file_type="png")
    # Elo means nothing on few tasks.
    leaderboard = leaderboard.drop(columns=[column for column in leaderboard if column.startswith("elo")])
    gap = validation_test_gap(frame)
    (folder / "leaderboard.md").write_text(
        f"{leaderboard.to_markdown(index=False)}\n\n{gap.round(4).to_markdown(index=False)}\n"
    )
    frame.to_csv(folder / "results.csv", index=False)
    return leaderboard, gap


def validation_test_gap(frame: pd.DataFrame) -> pd.DataFrame:
    """Median over tasks of validation error minus test error, by method and metric.

    Below zero: validation promised more than the test held.
    """
    frame = frame.assign(gap=frame["metric_error_val"] - frame["metric_error"])
    groups = frame.groupby(["method", "metric"])["gap"]
    return groups.agg(["median", "std", "count"]).reset_index().rename(columns={"median": "validation - test error"})


def parse(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/tabarena"))
    parser.add_argument("--official", action="store_true", help="TabArena's own tasks; needs the network")
    parser.add_argument("--datasets", nargs="*", help="local tables; all 33 by default")
    parser.add_argument("--max-rows", type=int, help="cut local tables to so many rows")
    parser.add_argument("--all-splits", dest="lite", action="store_false", help="instead of the first one (Lite)")
    parser.add_argument("--configs", type=int, default=0, help="random configurations of CAUSALMIX")
    parser.add_argument("--bag-folds", type=int, default=8)
    parser.add_argument("--holdout", action="store_true", help="one model with a validation split, no bag")
    parser.add_argument("--non-iid", action="store_true", help="a grouped and a temporal task, inner splits likewise")
    parser.add_argument("--weights", choices=["mini", "official"], help="default: official with --official, else mini")
    parser.add_argument("--time-limit", type=float, default=3600.0, help="seconds a job")
    parser.add_argument("--workers", type=int, default=0, help="Ray workers; 0 runs in this process")
    parser.add_argument("--no-figures", dest="figures", action="store_false")
    parser.add_argument("--smoke", action="store_true", help="two small tables, 2-fold bags, few steps")
    arguments = parser.parse_args(argv)
    if arguments.smoke:
        arguments.bag_folds, arguments.max_rows = 2, arguments.max_rows or 200
        arguments.configs = arguments.configs or 1
    if arguments.weights is None:
        arguments.weights = "official" if arguments.official else "mini"
    if arguments.weights == "official":
        tabarena.prefetch_weights()
    return arguments


def main(argv: list[str] | None = None) -> None:
    arguments = parse(argv)
    warnings.filterwarnings("ignore", message=".*pin_memory.*")
    tabarena.register()
    prepare(arguments)
    waiting, done = run_batch(arguments.out, arguments.workers)
    sys.stdout.write(f"{waiting} jobs had no result, {done} of them were run\n")
    leaderboard, gap = evaluate(arguments.out, arguments.figures)
    sys.stdout.write(f"\n{leaderboard.to_string(index=False)}\n\n{gap.to_string(index=False)}\n")
    if done < waiting:
        raise SystemExit(f"{waiting - done} jobs failed: see {arguments.out / 'results'}")


if __name__ == "__main__":
    try:
        main()
    except WheelError as missing:
        raise SystemExit(str(missing)) from None
