"""``python -m autogluon_causalmix demo`` and ``... fit train.csv --label y``.

Both fit CAUSALMIX beside what people would use otherwise and show the leaderboard, the fit
report and the causal graph.
"""

from __future__ import annotations

import json
import time
import warnings
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from autogluon_causalmix.checkpoints import MINI_FOLDER
from autogluon_causalmix.errors import CheckpointError, DataError, OptionError, did_you_mean

app = typer.Typer(add_completion=False, no_args_is_help=True, help="CausalMixFT in AutoGluon.")

#: What people have tables in and neither pandas' CSV reader nor its Parquet reader reads.
OTHER_FILES = (".xlsx", ".xls", ".ods", ".json", ".feather", ".sav", ".dta")

OutOption = Annotated[Path, typer.Option(help="Folder for the predictor, the report and the graph.")]


@app.command()
def demo(out: OutOption = Path("demo"), seed: int = 0) -> None:
    """Fit and compare on Fair's survey (statsmodels): any affair or none, 300 training rows."""
    from statsmodels.datasets import fair

    data = fair.load_pandas().data
    data["affair"] = (data.pop("affairs") > 0).map({True: "yes", False: "no"})
    data = data.sample(2300, random_state=seed).reset_index(drop=True)
    train, test = data[:300], data[300:]
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
    _fit_and_show(train, test, "affair", out, hyperparameters, eval_metric="roc_auc")


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
    test_rows = None if test is None else _labelled(_read(test, label, separator, encoding), label, test)
    lacking = [] if test_rows is None else [name for name in train_rows.columns if name not in test_rows.columns]
    if lacking:
        raise typer.BadParameter(f"{str(test)!r} lacks columns {lacking[:5]} of {str(train)!r}: give it them")
    if test_rows is not None:
        _check_alike(train_rows, test_rows, label, test)
    causalmix = {} if hf_model is None else {"hf_model": hf_model}
    hyperparameters = {"CAUSALMIX": causalmix, "GBM": {}, "RF": {}}
    limits = {"time_limit": time_limit, "num_bag_folds": bag_folds or None}
    try:
        is_fitted = _fit_and_show(train_rows, test_rows, label, out, hyperparameters, **limits)
    except (CheckpointError, DataError, OptionError) as error:  # all of them name a remedy
        raise typer.BadParameter(str(error)) from error
    # AutoGluon's own ways to say that nothing could be fitted, and the system's that nothing could be written
    except (AssertionError, RuntimeError, TypeError, ValueError, OSError) as error:
        raise typer.BadParameter(f"AutoGluon could not fit: {' '.join(str(error).split())}") from error
    if not is_fitted:
        raise typer.Exit(1)


def _check_alike(train: pd.DataFrame, test: pd.DataFrame, label: str, path: Path) -> None:
    """Refuse test rows that AutoGluon would trip over, or score as wrong, once all models are fitted."""
    numbers = pd.api.types.is_numeric_dtype
    for name in train.columns:
        if numbers(train[name]) and not numbers(test[name]):
            words = test[name][pd.to_numeric(test[name], errors="coerce").isna() & test[name].notna()]
            if len(words):
                raise typer.BadParameter(
                    f"column {name!r} holds numbers in training and {words.iloc[0]!r} in {str(path)!r}"
                )
    if not numbers(train[label]):
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
            f"{where} is {labels.iloc[0]!r} in every row: give rows with at least two different values"
        )
    if not pd.api.types.is_numeric_dtype(labels):
        if labels.is_unique:
            raise typer.BadParameter(f"{where} is another one in every row: give at least two rows of some class")
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


def _read(path: Path, label: str, separator: str = ",", encoding: str = "utf-8") -> pd.DataFrame:
    if not path.is_file():
        raise typer.BadParameter(f"no file {str(path)!r}")
    if path.suffix.lower() in OTHER_FILES:
        raise typer.BadParameter(f"{str(path)!r} is neither CSV nor Parquet: export it as one of them")
    try:
        parquet = path.suffix.lower() in (".parquet", ".pq")
        frame = pd.read_parquet(path) if parquet else _read_csv(path, label, sep=separator, encoding=encoding)
        frame = _without_row_numbers(frame, path)
    except UnicodeDecodeError as error:
        raise typer.BadParameter(
            f"{str(path)!r} is not encoded in {encoding}: pass --encoding latin-1, or another that fits"
        ) from error
    except LookupError as error:
        raise typer.BadParameter(f"--encoding {encoding!r} is none that Python knows: take utf-8 or latin-1") from error
    except (ValueError, OSError) as error:  # pandas' parser errors are ValueErrors
        reason = " ".join(str(error).split())
        hint = _other_separator(path, separator, encoding)
        raise typer.BadParameter(f"{str(path)!r} cannot be read as a table ({reason}){hint}") from error
    if label not in frame.columns:
        hint = "" if parquet else _other_separator(path, separator, encoding)
        raise typer.BadParameter(
            f"no column {label!r} in {str(path)!r}{hint or '; ' + did_you_mean(label, frame.columns)}"
        )
    if not len(frame):
        raise typer.BadParameter(f"{str(path)!r} has no rows")
    return frame


def _read_csv(path: Path, label: str, **how: str) -> pd.DataFrame:
    frame = pd.read_csv(path, **how)
    if label in frame.columns and frame[label].isna().any() and _is_words(frame[label]):
        # A class may be called "None" or "NA": of words, only an empty cell is missing.
        as_written = pd.read_csv(path, **how, dtype=str, keep_default_na=False)[label]
        frame[label] = as_written.where(as_written != "")
    header = pd.read_csv(path, **how, header=None, nrows=1, dtype=str).iloc[0].dropna()
    if header.duplicated().any():  # pandas would call the second 'y' 'y.1', and it would give the label away
        again = header[header.duplicated()].unique().tolist()
        raise ValueError(f"columns {again[:5]} are there more than once: rename or drop them")
    names = [name for name in frame.columns if _has_decimal_commas(frame[name])]
    if names:
        typer.echo(f"Columns {names[:5]} of {str(path)!r} have decimal commas and are read as numbers.")
        frame[names] = frame[names].apply(lambda cells: cells.str.replace(",", ".").astype(np.float64))
    return frame


def _is_words(cells: pd.Series) -> bool:
    """Whether text is no numbers written another way, nor truth values beside gaps."""
    known = cells.dropna()
    return known.map(type).eq(str).all() and not _has_decimal_commas(known) and not pd.api.types.is_numeric_dtype(cells)


def _has_decimal_commas(cells: pd.Series) -> bool:
    """Whether text is numbers like 1,5; three digits behind each comma may be thousands."""
    if pd.api.types.is_numeric_dtype(cells) or not cells.notna().any():
        return False
    digits = cells.dropna().astype(str).str.extract(r"^-?\d+(?:,(\d+))?$|^(.)", expand=True)
    return bool(digits[1].isna().all() and digits[0].dropna().str.len().ne(3).any())


def _without_row_numbers(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Leave out an index that counts the rows, which pandas writes as a nameless column; keep one that has a name."""
    if any(name is not None for name in frame.index.names):
        return frame.reset_index()
    numbers = frame.iloc[:, 0] if len(frame.columns) and frame.columns[0] == "Unnamed: 0" else pd.Series(dtype=object)
    if not pd.api.types.is_integer_dtype(numbers) or not numbers.is_unique:  # in any order: rows may be shuffled
        return frame
    typer.echo(f"The first column of {str(path)!r} has no name and numbers the rows: it is left out.")
    return frame.iloc[:, 1:]


def _other_separator(path: Path, separator: str, encoding: str) -> str:
    """What to do where another separator than the one given stands in the file's first line; else nothing."""
    with open(path, encoding=encoding, errors="replace") as file:
        first = file.readline()
    for other, written in ((";", "';'"), ("\t", "$'\\t'"), ("|", "'|'"), (",", "','")):
        if other != separator and first.count(other) > first.count(separator):
            return f": its cells seem to be separated otherwise; pass --separator {written}"
    return ""


def _fit_and_show(
    train: pd.DataFrame, test: pd.DataFrame | None, label: str, out: Path, hyperparameters: dict, **options: Any
) -> bool:
    """Fit, show and write; whether a model of ours was fitted."""
    from autogluon.tabular import TabularPredictor

    import autogluon_causalmix as causalmix

    # AutoGluon's Mitra builds a pinned-memory loader for every pass, and torch warns each time on a CPU.
    warnings.filterwarnings("ignore", message=".*pin_memory.*")
    began = time.monotonic()
    metric = options.pop("eval_metric", None)
    hyperparameters = {key: value for key, value in hyperparameters.items() if _can_fit(key)}
    predictor = TabularPredictor(label=label, path=str(out / "predictor"), eval_metric=metric, verbosity=2)
    predictor.fit(train, hyperparameters=hyperparameters, fit_weighted_ensemble=False, **options)

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
        causalmix.plot_graph(report, out / "graph.png", target=label)
        written.insert(3, "graph.png")
    typer.echo(f"\nWritten: {', '.join(f'{out}/{name}' for name in written)}")
    typer.echo(f"What these figures mean, and what to try next: open {out}/report.html")
    typer.echo(f"Whole run: {time.monotonic() - began:.0f} s")
    return True


def _can_fit(key: str) -> bool:
    """Leave LightGBM out where it is not installed: it is an extra of AutoGluon's."""
    from importlib.util import find_spec

    if key == "GBM" and find_spec("lightgbm") is None:
        typer.echo("LightGBM is not installed and left out (pip install 'autogluon-causalmix[demo]' adds it).")
        return False
    return True
