"""Body of the study of augmentation: each model with synthetic rows against the same model without, run by run.

Log loss is compared in differences: where it is next to none its ratio is beyond any measure. Data sets are the units:
folds of one table are averaged. Holm's correction is over all comparisons of a size and score.
"""

from __future__ import annotations

import pandas as pd

from benchmarks.protocol.halves import TUNING
from benchmarks.protocol.tables import DATASETS
from benchmarks.report.comparison import FEWEST_SETS, LEVEL, against
from benchmarks.report.gains import RUN, by_dataset, normalised
from benchmarks.report.results import Results

__all__ = ["body", "by_generator", "comparisons", "counted", "halves"]

#: What stands between a model and its rows in a label.
WITH = " + "
#: Scores and what they are called.
SCORES = {"auc": "ROC-AUC", "log_loss": "log loss"}


def body(results: Results) -> list:
    """A section per size, the answer first."""
    rows = results.good
    sections = []
    for size in sorted(rows["rows"].unique()):
        part = counted(rows, size)
        if not len(part):
            continue
        tables, folds = part["dataset"].nunique(), part["fold"].nunique()
        sections.append(f"## At most {size} training rows: {tables} tables, {folds} folds")
        for score, name in SCORES.items():
            table = comparisons(part, score)
            if not len(table):
                sections.append(f"No run has both a plain model and one with synthetic rows for {name}.")
                continue
            sections += [_answer(table, name), _named(table, score), _generators_text(name)]
            sections.append(_named(by_generator(part, score), score))
            apart = halves(part, score)
            if len(apart):
                said = "The same means on the half on which the package's options were tuned, and on the other one:"
                sections += [said, _named(apart, score)]
        sections += ["Medians by method:", costs(part)]
    intro = (
        "A difference is (ROC-AUC with synthetic rows / that of the plain model - 1) * 100 %; in log loss the plain "
        "model's less that with synthetic rows, in hundredths: more is better. Test ROC-AUC is macro one-vs-rest. "
        "Wilcoxon's signed-rank test over tables, each the mean of its folds; Holm's correction over all comparisons "
        "of a table below."
    )
    return [intro, *_failures(results), *sections]


def _gain(rows: pd.DataFrame, model: str, score: str) -> pd.DataFrame:
    """Gains over the plain ``model`` by (dataset, fold) and label: in % of ROC-AUC, in hundredths of log loss."""
    rows = _of_model(rows, model)
    if score == "auc":
        return normalised(rows, model, score)
    wide = rows.pivot_table(index=RUN, columns="label", values=score, sort=False)
    wide = wide[list(dict.fromkeys(rows["label"]))]
    return 100 * (-wide).sub(-wide[model], axis=0) if model in wide else wide * float("nan")


def _named(table: pd.DataFrame, score: str) -> pd.DataFrame:
    """The table with its columns named by their unit."""
    return (
        table
        if score == "auc"
        else table.rename(
            columns=lambda name: name.replace("mean %", "mean x 100").replace("difference %", "difference x 100")
        )
    )


def counted(rows: pd.DataFrame, size: int) -> pd.DataFrame:
    """Rows of one size, without tables that have no other training rows than at a smaller one."""
    part = rows[rows["rows"] == size]
    smaller = rows[rows["rows"] < size].groupby("dataset")["training_rows"].max()
    now = part.groupby("dataset")["training_rows"].max()
    more = now.index[now > smaller.reindex(now.index).fillna(0)]
    return part[part["dataset"].isin(more)]


def _models(rows: pd.DataFrame) -> list[str]:
    return [label for label in dict.fromkeys(rows["label"]) if WITH not in label]


def _of_model(rows: pd.DataFrame, model: str) -> pd.DataFrame:
    return rows[(rows["label"] == model) | rows["label"].str.startswith(model + WITH)]


def comparisons(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    """Every model with every kind of rows against itself without, as `comparison.against`; Holm over all of them."""
    from statsmodels.stats.multitest import multipletests

    tables = []
    for model in _models(rows):
        gain = _gain(rows, model, score)
        if gain.shape[1] > 1:
            tables.append(against(gain, model))
    table = pd.concat(tables) if tables else pd.DataFrame()
    if len(table):
        table["p (Holm)"] = multipletests(table["p"], method="holm")[1]
    return table


def _differences(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    """Mean difference by table (rows) and generator, over the models that a table has with it."""
    found = {}
    for model in _models(rows):
        gain = _gain(rows, model, score).drop(columns=model, errors="ignore")
        for label in gain:
            means = by_dataset(gain[[label]].dropna())[label]
            found[(label.split(WITH)[1], model)] = means
    if not found:
        return pd.DataFrame()
    wide = pd.DataFrame(found)
    names = list(dict.fromkeys(wide.columns.get_level_values(0)))
    return pd.DataFrame({name: wide[name].mean(axis=1) for name in names})


def by_generator(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    """Every kind of rows against none, over the mean of the models: as `comparison.against`."""
    gain = _differences(rows, score).assign(plain=0.0)
    gain.index = pd.MultiIndex.from_product([gain.index, [0]], names=["dataset", "fold"])
    return against(gain, "plain")


def halves(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    """Mean differences by kind of rows, on the half on which options were tuned, and on the other one."""
    means = _differences(rows, score)
    known = means[means.index.isin(DATASETS)]
    if not len(known):
        return pd.DataFrame()
    table = known.groupby(["tuning" if name in TUNING else "confirming" for name in known.index]).mean().T
    table.columns = [f"{half}: mean %" for half in table.columns]
    return table


def costs(rows: pd.DataFrame) -> pd.DataFrame:
    """Medians by method: scores, seconds, and how real the rows look; means where a figure is a share."""
    groups = rows.groupby("label", sort=False)
    table = groups[["auc", "log_loss", "seconds"]].median()
    if "seconds_model" in rows:
        table["of it the model"] = groups["seconds_model"].median()
        fresh = rows[rows["shared"] == False]  # noqa: E712  (missing for plain models)
        table["rows, not shared"] = fresh.groupby("label")["seconds_rows"].median()
        table["two_sample_auc"] = groups["two_sample_auc"].median()
    return table.rename(columns={"auc": "ROC-AUC", "log_loss": "log loss"})


def _answer(table: pd.DataFrame, name: str) -> str:
    enough = table[table["sets"] >= FEWEST_SETS]
    if not len(enough):
        return f"**{name}: fewer than {FEWEST_SETS} tables have both; nothing can be told.**"
    clear = enough[enough["p (Holm)"] < LEVEL]
    better, worse = (
        list(clear.index[side]) for side in (clear["mean difference %"] > 0, clear["mean difference %"] < 0)
    )
    said = [
        f"{len(better)} of {len(enough)} combinations gain beyond chance"
        + (f" ({', '.join(better)})" if better else ""),
        f"{len(worse)} lose" + (f" ({', '.join(worse)})" if worse else ""),
    ]
    return f"**{name}: {', '.join(said)}; {len(enough) - len(clear)} cannot be told from the plain model.**"


def _generators_text(name: str) -> str:
    return f"{name} by kind of rows, over the mean of the models:"


def _failures(results: Results) -> list[str]:
    rows = results.good
    if "fallbacks" not in rows:
        return []
    fell = rows[rows["fallbacks"].fillna("").str.contains("no synthetic rows")]
    return [f"{len(fell)} fits had no synthetic rows after all: {fell['fallbacks'].iloc[0]}."] if len(fell) else []
