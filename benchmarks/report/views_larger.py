"""Body of the study of larger tables: six views beside one, by the number of rows."""

from __future__ import annotations

import pandas as pd

from benchmarks.report.results import Results

__all__ = ["body", "by_size", "rule"]

SCORES = {"auc": "ROC-AUC", "log_loss": "log loss"}


def by_size(rows: pd.DataFrame, pair: tuple[str, str]) -> pd.DataFrame:
    """Both methods' means over tables that both have, by rows: one row per size, and the tables it is of."""
    found = []
    for size, some in rows[rows["label"].isin(pair)].groupby("rows"):
        wide = {name: some.pivot_table(index="dataset", columns="label", values=name).dropna() for name in SCORES}
        line: dict = {"rows": size, "tables": len(wide["auc"])}
        for name, words in SCORES.items():
            line |= {f"{words}, {label}": wide[name][label].mean() for label in pair if label in wide[name]}
        found.append(line)
    return pd.DataFrame(found)


def rule(table: pd.DataFrame, pair: tuple[str, str]) -> dict[int, bool]:
    """By rows, whether the first is at or above in mean ROC-AUC and at or below in mean log loss."""
    first, second = pair
    return {
        int(row["rows"]): bool(
            row[f"ROC-AUC, {first}"] >= row[f"ROC-AUC, {second}"]
            and row[f"log loss, {first}"] <= row[f"log loss, {second}"]
        )
        for row in table.to_dict("records")
    }


def body(results: Results) -> list:
    """What the rule says of every size, the means, and the tables' scores."""
    from benchmarks.studies.views_larger import PAIR

    table = by_size(results.good, PAIR)
    said = [f"{size} rows: **{'yes' if pays else 'no'}**" for size, pays in rule(table, PAIR).items()]
    parts: list = [
        f"Does {PAIR[0]} pay beside {PAIR[1]}, by the rule that was fixed beforehand? {', '.join(said)}.",
        table.round(4).to_markdown(index=False),
    ]
    for name, words in SCORES.items():
        wide = results.good.pivot_table(index=["rows", "dataset"], columns="label", values=name)
        parts += [f"{words}:", wide.round(4).to_markdown()]
    return parts
