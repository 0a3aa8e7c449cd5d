"""CAUSALMIX in TabArena beside MITRA, LightGBM and RandomForest.

    python -m benchmarks.protocol.tables                             # once: fetches the local tables
    python -m benchmarks.tabarena.run --smoke                 # minutes, no network
    python -m benchmarks.tabarena.run --out runs/tabarena     # local tasks, Lite, 8-fold bags
    python -m benchmarks.tabarena.run --non-iid --out runs/x  # a grouped and a temporal local task
    python -m benchmarks.tabarena.run --official --configs 25 # the official tasks; needs the network

    python -m benchmarks.tabarena.run --official --workers 8 --gpus 1 --address auto   # a Ray cluster

Resumes: the same ``--out`` runs only what has no result yet. ``--holdout`` fits one model with a
validation split instead of a bag, the setting of the paper. Writes the leaderboard (TabArena's
rank, improvability, win rate), the validation-test gap and, unless ``--no-figures``, TabArena's
own figures. Metrics are TabArena's: ROC-AUC for two classes, log loss for more.
"""

from __future__ import annotations

import json
import shutil
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
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
from benchmarks.grid.cell import Resources
from benchmarks.protocol.tables import DATASETS
from benchmarks.protocol.wheels import WheelError
from benchmarks.tabarena import tasks
from benchmarks.tabarena.workers import gather, run_batch

SMOKE_TABLES = ["heart", "wine"]
#: What a smoke run shortens: with five steps AutoGluon's MITRA took more than half of its seconds.
SMOKE_STEPS = 2


@dataclass(frozen=True)
class Plan:
    """What a run consists of; a folder holds one plan, which is resumed."""

    official: bool
    datasets: list[str] | None
    max_rows: int | None
    lite: bool
    configs: int
    bag_folds: int
    holdout: bool
    non_iid: bool
    weights: str
    time_limit: float
    smoke: bool


def generators(plan: Plan) -> list[tuple[AGConfigGenerator, int]]:
    """Configuration generators and how many random configurations of each."""
    weights = {} if plan.weights == "official" else {"hf_model": str(MINI_FOLDER)}
    steps = {"fine_tune_steps": SMOKE_STEPS} if plan.smoke else {}
    # Named, so that weights which are not available are an error and never the bundled ones.
    our_weights = {"hf_model": "mini" if plan.weights == "mini" else OFFICIAL["classification"]}
    space = tabarena.search_space | {name: Categorical(value) for name, value in (our_weights | steps).items()}
    return [
        (tabarena.CausalMixConfigGenerator(space, CausalMixModel, manual_configs=[our_weights | steps]), plan.configs),
        (ConfigGenerator({}, MitraModel, manual_configs=[weights | steps]), 0),
        (ConfigGenerator({}, LGBModel, manual_configs=[{}]), 0),
        (ConfigGenerator({}, RFModel, manual_configs=[{}]), 0),
    ]


def experiments(plan: Plan) -> list:
    """Experiments of all models; the two in-context models carry Mitra's limits."""
    collected = []
    common = {"time_limit": plan.time_limit, "dynamic_tabarena_validation_protocol": plan.non_iid}
    for generator, n_random in generators(plan):
        if plan.holdout:
            of_model = generator.generate_all_holdout_experiments(num_random_configs=n_random, **common)
        else:
            of_model = generator.generate_all_bag_experiments(
                num_random_configs=n_random,
                num_bag_folds=plan.bag_folds,
                add_seed="fold-config-wise",
                fold_fitting_strategy="sequential_local",
                **common,
            )
        if generator.model_cls in (CausalMixModel, MitraModel):
            for experiment in of_model:
                experiment.set_model_constraints(tabarena.constraints)
        collected += of_model
    return collected


def prepare(plan: Plan, out: Path) -> None:
    """Write the batch of jobs into the run's folder, unless one is there: then it is resumed."""
    folder, asked = out / "batch", out / "arguments.json"
    if folder.exists():
        before = json.loads(asked.read_text())
        other = {k: (before.get(k), v) for k, v in asdict(plan).items() if before.get(k) != v}
        if other:
            raise SystemExit(f"{out} was begun with other arguments, {other}: repeat those or take another --out")
        return
    out.mkdir(parents=True, exist_ok=True)
    asked.write_text(json.dumps(asdict(plan)))
    if plan.official:
        collection = tasks.official(plan.lite)
    elif plan.non_iid:
        user_tasks = [make(out / "tasks") for make in (tasks.grouped_task, tasks.temporal_task)]
        collection = tasks.TaskMetadataCollection.from_user_tasks(user_tasks)
        if plan.lite:
            collection = collection.subset_tasks(split_indices="lite")
    else:
        names = plan.datasets or (SMOKE_TABLES if plan.smoke else DATASETS)
        collection = tasks.local(names, out / "tasks", plan.lite, plan.max_rows)
    half = out / "batch.part"  # a run that is killed while it writes leaves no batch that looks whole
    shutil.rmtree(half, ignore_errors=True)
    JobBatch(jobs=build_jobs(experiments(plan), collection), task_metadata=collection).save(half)
    half.rename(folder)


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


def main(
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/tabarena"),
    official: Annotated[bool, typer.Option(help="TabArena's own tasks; needs the network.")] = False,
    datasets: Annotated[str | None, typer.Option(help="Local tables, with commas between; all 33 by default.")] = None,
    max_rows: Annotated[int | None, typer.Option(help="Cut local tables to so many rows.")] = None,
    all_splits: Annotated[bool, typer.Option(help="Instead of the first one (Lite).")] = False,
    configs: Annotated[int, typer.Option(help="Random configurations of CAUSALMIX.")] = 0,
    bag_folds: Annotated[int, typer.Option(help="Folds of a bag.")] = 8,
    holdout: Annotated[bool, typer.Option(help="One model with a validation split, no bag.")] = False,
    non_iid: Annotated[bool, typer.Option(help="A grouped and a temporal task, inner splits likewise.")] = False,
    weights: Annotated[
        str | None, typer.Option(help='"mini" or "official"; default: official with --official, else mini.')
    ] = None,
    time_limit: Annotated[float, typer.Option(help="Seconds a job.")] = 3600.0,
    workers: Annotated[int, typer.Option(help="Ray workers; 0 runs in this process.")] = 0,
    cpus: Annotated[int, typer.Option(help="CPUs that a worker asks Ray for.")] = 1,
    gpus: Annotated[float, typer.Option(help="GPUs that a worker asks Ray for, or a part of one.")] = 0.0,
    address: Annotated[str | None, typer.Option(help='A Ray cluster, e.g. "auto"; default: this machine.')] = None,
    figures: Annotated[bool, typer.Option(help="TabArena's own figures.")] = True,
    smoke: Annotated[bool, typer.Option(help="Two small tables, 2-fold bags, few steps.")] = False,
) -> None:
    """CAUSALMIX in TabArena beside MITRA, LightGBM and RandomForest; the same --out resumes."""
    if smoke:
        bag_folds, max_rows, configs = 2, max_rows or 200, configs or 1
    weights = weights or ("official" if official else "mini")
    if weights not in ("mini", "official"):
        raise typer.BadParameter(f"--weights {weights!r} must be 'mini' or 'official'")
    names = None if datasets is None else datasets.split(",")
    plan = Plan(
        official, names, max_rows, not all_splits, configs, bag_folds, holdout, non_iid, weights, time_limit, smoke
    )
    if weights == "official":
        tabarena.prefetch_weights()
    warnings.filterwarnings("ignore", message=".*pin_memory.*")
    tabarena.register()
    prepare(plan, out)
    waiting, done = run_batch(out, workers, Resources(cpus, gpus), address)
    typer.echo(f"{waiting} jobs had no result, {done} of them were run")
    leaderboard, gap = evaluate(out, figures)
    typer.echo(f"\n{leaderboard.to_string(index=False)}\n\n{gap.to_string(index=False)}")
    if done < waiting:
        raise SystemExit(f"{waiting - done} jobs failed: see {out / 'results'}")


if __name__ == "__main__":
    try:
        typer.run(main)
    except WheelError as missing:
        raise SystemExit(str(missing)) from None
