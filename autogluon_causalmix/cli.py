"""``python -m autogluon_causalmix demo`` and ``... fit train.csv --label y``.

Both fit CAUSALMIX beside what people would use otherwise and show the leaderboard, the fit
report and the causal graph.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from autogluon_causalmix.checkpoints import MINI_FOLDER
from autogluon_causalmix.errors import CheckpointError, DataError, OptionError
from autogluon_causalmix.table_file import has_number_commas, is_text, read_table

app = typer.Typer(add_completion=False, no_args_is_help=True, help="CausalMixFT in AutoGluon.")

#: What a run writes into its folder beside the predictor.
WRITTEN = ("leaderboard.csv", "report.html", "report.json", "graph.png")
#: How the folders begin that an earlier run is set aside in.
ASIDE = ".earlier-"

#: AutoGluon's own ways to say that something could not be done, and the system's that nothing could be written.
FROM_AUTOGLUON = (AssertionError, RuntimeError, TypeError, ValueError, OSError)

OutOption = Annotated[Path, typer.Option(help="Folder for the predictor, the report and the graph.")]


@app.command()
def demo(out: OutOption = Path("demo"), seed: int = 0) -> None:
    """Fit and compare on Fair's survey (statsmodels): any affair or none, 300 training rows."""
    from statsmodels.datasets import fair

    data = fair.load_pandas().data
    data["affair"] = (data.pop("affairs") > 0).map({True: "yes", False: "no"})
    data = data.sample(2300, random_state=seed).reset_index(drop=True)
    train, test = data[:300], data[300:]
    began = time.monotonic()
    typer.echo("Fair's survey of 1974: 300 training rows, 2,000 test rows, target 'affair'. About a minute.")
    typer.echo("Stated beforehand: nothing in the table causes 'age', and 'affair' causes none of the rest.\n")
    mini = {"hf_model": str(MINI_FOLDER)}
    hyperparameters = {
        "CAUSALMIX": {"hf_model": "mini", "known_roots": ["age"], "known_sinks": ["affair"]},
        "MITRA": [
            {**mini, "fine_tune": False, "ag_args": {"name_suffix": "_zero_shot"}, "ag_args_fit": {"num_gpus": 0}},
            {**mini, "fine_tune": True, "ag_args": {"name_suffix": "_fine_tuned"}, "ag_args_fit": {"num_gpus": 0}},
        ],
        "GBM": {},
        "RF": {},
    }
    _show(_fit(train, "affair", out, hyperparameters, eval_metric="roc_auc"), test, out, began)


@app.command()
def fit(
    train: Annotated[Path, typer.Argument(help="CSV or Parquet file with the training rows.")],
    label: Annotated[str, typer.Option(help="Column to predict.")],
    test: Annotated[Path | None, typer.Option(help="CSV or Parquet file with test rows.")] = None,
    out: OutOption = Path("causalmix-out"),
    hf_model: Annotated[
        str | None, typer.Option(help='"mini", a checkpoint folder or a hub id; default: the official Mitra.')
    ] = None,
    time_limit: Annotated[float | None, typer.Option(help="Seconds for all models.")] = None,
    bag_folds: Annotated[int, typer.Option(help="Folds to bag over; 0 holds out a validation split.")] = 0,
    separator: Annotated[str, typer.Option(help="What separates the cells of a CSV file.")] = ",",
    encoding: Annotated[str, typer.Option(help="Encoding of a CSV file.")] = "utf-8",
) -> None:
    """Fit CAUSALMIX, a boosting and a random forest to your own table."""
    if time_limit is not None and not time_limit > 0:
        raise typer.BadParameter(f"--time-limit {time_limit:g} must be a number of seconds above 0")
    if bag_folds < 0 or bag_folds == 1:
        raise typer.BadParameter(f"--bag-folds {bag_folds} must be 0 (no bag) or at least 2")
    train_rows = _labelled(_read(train, label, separator, encoding), label, train)
    _check_label(train_rows[label], train)
    if not (train_rows.drop(columns=label).astype(str).nunique() > 1).any():
        raise typer.BadParameter(
            f"no column of {str(train)!r} but {label!r} has two different values: nothing to learn"
        )
    test_rows = None if test is None else _labelled(_read(test, label, separator, encoding, train_rows), label, test)
    lacking = [] if test_rows is None else [name for name in train_rows.columns if name not in test_rows.columns]
    if lacking:
        raise typer.BadParameter(f"{str(test)!r} lacks columns {lacking[:5]} of {str(train)!r}: give it them")
    if test_rows is not None:
        _check_alike(train_rows, test_rows, label, test)
    began = time.monotonic()
    causalmix = {} if hf_model is None else {"hf_model": hf_model}
    hyperparameters = {"CAUSALMIX": causalmix, "GBM": {}, "RF": {}}
    limits = {"time_limit": time_limit, "num_bag_folds": bag_folds or None}
    try:
        predictor = _fit(train_rows, label, out, hyperparameters, **limits)
    except (CheckpointError, DataError, OptionError) as error:  # all of them name a remedy
        raise typer.BadParameter(str(error)) from error
    except FROM_AUTOGLUON as error:
        raise typer.BadParameter(f"AutoGluon could not fit: {' '.join(str(error).split())}") from error
    try:
        is_fitted = _show(predictor, test_rows, out, began)
    except FROM_AUTOGLUON as error:
        raise typer.BadParameter(
            f"the models are fitted, in {out}/predictor/, but what they say cannot be shown or written: "
            f"{' '.join(str(error).split())}"
        ) from error
    if not is_fitted:
        raise typer.Exit(1)


def _check_alike(train: pd.DataFrame, test: pd.DataFrame, label: str, path: Path) -> None:
    """Refuse test rows that AutoGluon would trip over, or score as wrong, once all models are fitted."""
    from autogluon.core.utils import infer_problem_type

    numbers = pd.api.types.is_numeric_dtype
    for name in train.columns:
        if numbers(train[name]) and not numbers(test[name]):
            words = test[name][pd.to_numeric(test[name], errors="coerce").isna() & test[name].notna()]
            if len(words) and train[name].notna().any():  # one that is empty in training is dropped
                raise typer.BadParameter(
                    f"column {name!r} holds numbers in training and {words.iloc[0]!r} in {str(path)!r}"
                )
        elif numbers(test[name]) and test[name].notna().any() and is_text(train[name]):
            raise typer.BadParameter(
                f"column {name!r} holds text in training, as {train[name].dropna().iloc[0]!r}, and numbers in "
                f"{str(path)!r}: write both alike"
            )
    if not numbers(train[label]) or infer_problem_type(train[label], silent=True) != "regression":
        new = ~test[label].isin(train[label].unique())
        if new.any():
            classes = test[label][new].unique().tolist()[:5]
            raise typer.BadParameter(
                f"{int(new.sum())} of {len(test)} rows of {str(path)!r} have classes that training lacks: {classes}; "
                "correct them or leave the rows out"
            )


def _check_label(labels: pd.Series, path: Path) -> None:
    where = f"column {labels.name!r} of {str(path)!r}"
    if labels.nunique() < 2:
        raise typer.BadParameter(
            f"{where} is {labels.tolist()[0]!r} in every row: give rows with at least two different values"
        )
    if not pd.api.types.is_numeric_dtype(labels):
        if labels.is_unique:
            commas = " (numbers with commas are text: write them without)" if has_number_commas(labels) else ""
            raise typer.BadParameter(
                f"{where} is another one in every row: give at least two rows of some class{commas}"
            )
    elif np.isinf(labels.to_numpy(dtype=np.float64, na_value=np.nan)).any():
        raise typer.BadParameter(f"{where} is infinite in some rows: leave them out")


def _labelled(frame: pd.DataFrame, label: str, path: Path) -> pd.DataFrame:
    """Drop the rows without a label, and say so."""
    missing = frame[label].isna()
    if missing.all():
        raise typer.BadParameter(f"column {label!r} of {str(path)!r} is empty: no row has a label to learn from")
    if missing.any():
        typer.echo(f"{int(missing.sum())} of {len(frame)} rows of {str(path)!r} have no {label!r} and are left out.")
    return frame[~missing].reset_index(drop=True)


def _read(
    path: Path, label: str, separator: str = ",", encoding: str = "utf-8", like: pd.DataFrame | None = None
) -> pd.DataFrame:
    try:
        return read_table(path, label, separator, encoding, like, say=typer.echo)
    except DataError as error:
        raise typer.BadParameter(str(error)) from error


def _fit(train: pd.DataFrame, label: str, out: Path, hyperparameters: dict, **options: Any) -> Any:
    """Fit a predictor in the place of an earlier run's, which stays where this one fails."""
    from autogluon.tabular import TabularPredictor

    import autogluon_causalmix  # noqa: F401 (makes the key known)

    # AutoGluon's Mitra builds a pinned-memory loader for every pass, and torch warns each time on a CPU.
    warnings.filterwarnings("ignore", message=".*pin_memory.*")
    metric = options.pop("eval_metric", None)
    hyperparameters = {key: value for key, value in hyperparameters.items() if _can_fit(key)}
    with _in_the_place_of_an_earlier_run(out):
        predictor = TabularPredictor(label=label, path=str(out / "predictor"), eval_metric=metric, verbosity=2)
        return predictor.fit(train, hyperparameters=hyperparameters, fit_weighted_ensemble=False, **options)


def _show(predictor: Any, test: pd.DataFrame | None, out: Path, began: float) -> bool:
    """Print and write what the models say; whether one of ours was fitted."""
    import autogluon_causalmix as causalmix

    board = predictor.leaderboard(test, display=False) if test is not None else predictor.leaderboard(display=False)
    shown = ["model", "score_test", "score_val", "fit_time", "pred_time_test"]
    board = board[[column for column in shown if column in board.columns]]
    typer.echo(f"\nLeaderboard ({predictor.eval_metric.name}, higher is better)")
    typer.echo(board.to_string(index=False, float_format=lambda x: f"{x:.4f}"))
    board.to_csv(out / "leaderboard.csv", index=False)

    report = causalmix.report(predictor)
    if not report.folds:
        typer.echo(f"\nCAUSALMIX was not fitted: AutoGluon says why above. Written: {out}/leaderboard.csv")
        return False
    typer.echo(f"\nFit report\n{report}")
    (out / "report.json").write_text(json.dumps(report.to_dict(), indent=1))
    report.to_html(out / "report.html")
    written = ["leaderboard.csv", "report.html", "report.json", "predictor/"]
    edges = report.edges()
    if len(edges):
        typer.echo("\nMost probable edges")
        typer.echo(edges.head(10).to_string(index=False, float_format=lambda x: f"{x:.2f}"))
        causalmix.plot_graph(report, out / "graph.png", target=predictor.label)
        written.insert(3, "graph.png")
    typer.echo(f"\nWritten: {', '.join(f'{out}/{name}' for name in written)}")
    typer.echo(f"What these figures mean, and what to try next: open {out}/report.html")
    typer.echo(f"Whole run: {time.monotonic() - began:.0f} s")
    return True


@contextmanager
def _in_the_place_of_an_earlier_run(out: Path) -> Iterator[None]:
    """Set aside what an earlier run left, which would pass for this one's; put it back where this one fails."""
    folder = out / "predictor"
    left = sorted(out.glob(f"{ASIDE}*"), key=lambda path: path.stat().st_mtime)
    if left and not any((out / name).exists() for name in WRITTEN):  # the run that set it aside was killed
        _put_back(left[-1], out)
    if not (folder / "learner.pkl").is_file():  # an AutoGluon predictor and nothing else; files may be the user's own
        yield
        return
    aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=out))
    for name in (folder.name, *(name for name in WRITTEN if (out / name).is_file())):
        (out / name).rename(aside / name)
    try:
        yield
    except BaseException:
        _put_back(aside, out)
        typer.echo(f"What an earlier run left in {out}/ stays as it was.")
        raise
    shutil.rmtree(aside.rename(out / aside.name.replace(ASIDE, ".replaced-")), ignore_errors=True)
    typer.echo(f"What an earlier run left in {out}/ is replaced.")


def _put_back(aside: Path, out: Path) -> None:
    """Move what was set aside where it was, in the place of what a later run has begun."""
    shutil.rmtree(out / "predictor", ignore_errors=True)
    for path in list(aside.iterdir()):
        path.replace(out / path.name)
    aside.rmdir()


def _can_fit(key: str) -> bool:
    """Leave LightGBM out where it is not installed: it is an extra of AutoGluon's."""
    from importlib.util import find_spec

    if key == "GBM" and find_spec("lightgbm") is None:
        typer.echo("LightGBM is not installed and left out (pip install 'autogluon-causalmix[demo]' adds it).")
        return False
    return True
