"""Bodies of reports: paragraphs and tables from the results of a study."""

from __future__ import annotations

import itertools

import pandas as pd

from benchmarks.report.comparison import against, wilcoxon_p
from benchmarks.report.results import RUN, Results

__all__ = [
    "fidelity",
    "gains",
    "mixing",
    "paired_predictors",
    "peers",
    "predictors",
    "regression_gains",
    "regression_peers",
]

MEASURES = ["two_sample_auc", "marginal_distance", "association_distance", "usefulness", "closer_to_training"]


def summarise_gains(rows: pd.DataFrame, baseline: str = "untuned") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Gains in % over the baseline's ROC-AUC by (dataset, fold) where every method has a row, and a row a method."""
    wide = rows.pivot_table(index=RUN, columns="label", values="auc", sort=False).dropna()
    gain = (wide.div(wide[baseline], axis=0) - 1) * 100
    loss = rows.pivot_table(index=RUN, columns="label", values="log_loss", sort=False).loc[wide.index]
    summary = pd.DataFrame(
        {
            "median %": gain.median(),
            "mean %": gain.mean(),
            "std": gain.std(),
            "share worse": (gain < 0).mean(),
            "mean rank": wide.rank(axis=1, ascending=False).mean(),
            "mean log loss": loss.mean(),
            "seconds": rows.groupby("label")["seconds"].median(),
        }
    )
    return gain, summary


def gains(results: Results) -> list:
    """ROC-AUC normalised against the untuned model."""
    rows = results.good
    if "untuned" not in set(rows["label"]):
        return ["No row of the method 'untuned', which the others are compared with."]
    gain, summary = summarise_gains(rows)
    return [
        f"Test ROC-AUC (macro one-vs-rest) against the untuned model, (score / baseline - 1) * 100 %, over the "
        f"{len(gain)} runs that every method has. Seconds: medians of a fit.",
        summary.sort_values("mean rank"),
    ]


def mixing(results: Results) -> list:
    """Gains, the ratios that were chosen, and whether fidelity foretells the gain of mixing."""
    rows = results.good
    parts = gains(results)
    if len(parts) < 2:
        return parts
    gain, _ = summarise_gains(rows)
    rows = rows.assign(two_sample_auc=rows["fidelity"].map(_two_sample_auc))
    parts[1] = parts[1].join(rows.groupby("label")["mix_ratio"].mean().rename("mean ratio"))
    if {"mix .5", "mix 0"} <= set(gain.columns):
        relation = rows[rows["label"] == "mix .5"].set_index(RUN)["two_sample_auc"].reindex(gain.index)
        difference = gain["mix .5"] - gain["mix 0"]
        if relation.nunique() > 1 and difference.nunique() > 1:  # else there are no ranks to compare
            parts.append(
                "Rank correlation of the rows' two-sample ROC-AUC with the gain of mixing .5 over mixing 0: "
                f"{relation.corr(difference, method='spearman'):.2f} ({int(relation.notna().sum())} pairs)."
            )
    auto = rows[rows["label"].str.startswith("mix auto")]
    if len(auto):
        chosen = auto.pivot_table(index="dataset", columns="label", values="mix_ratio").round(2)
        parts += ["Mean ratio that auto chose:", chosen]
    return parts


def fidelity(results: Results) -> list:
    """Means of fidelity by generator, and the two-sample ROC-AUC by table."""
    rows = results.good
    means = rows.groupby("label", sort=False)[[*MEASURES, "usefulness_of_training"]].mean()
    means["seconds"] = rows.groupby("label")["seconds"].median()
    tables = rows.pivot_table(index="label", columns="dataset", values="two_sample_auc", sort=False).round(2)
    return [
        "Means over tables and folds (seconds: medians of fit and 1,000 rows), on rows that the generator has not "
        "seen. two_sample_auc: .5 is best; distances: 0 is best; usefulness: higher is better, chance is .5; "
        "closer_to_training: .5 is no copying, 1 is copies.",
        means,
        "Two-sample ROC-AUC per table:",
        tables,
    ]


def peers(results: Results) -> list:
    """Mean ROC-AUC, log loss and rank by model; ranks by ROC-AUC averaged over the folds."""
    rows = results.good
    per_table = rows.groupby(["dataset", "label"])[["auc", "log_loss"]].mean().reset_index()
    ranks = per_table.assign(rank=per_table.groupby("dataset")["auc"].rank(ascending=False))
    mean = ranks.groupby("label")[["auc", "log_loss", "rank"]].mean().sort_values("auc", ascending=False)
    mean.columns = ["ROC-AUC", "log loss", "rank"]
    wide = per_table.pivot_table(index="dataset", columns="label", values="auc")[mean.index]
    return [mean.round(4).to_markdown(), "Mean ROC-AUC per table:", wide.round(4).to_markdown()]


def summarise_regression_gains(rows: pd.DataFrame, baseline: str = "untuned") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Gains in hundredths of R² by (dataset, fold) where every method has a row, and a row a method."""
    wide = rows.pivot_table(index=RUN, columns="label", values="r2", sort=False).dropna()
    gain = wide.sub(wide[baseline], axis=0) * 100
    summary = pd.DataFrame(
        {
            "mean R²": wide.mean(),
            "median gain": gain.median(),
            "mean gain": gain.mean(),
            "std": gain.std(),
            "share worse": (gain < 0).mean(),
            "mean rank": wide.rank(axis=1, ascending=False).mean(),
            "seconds": rows.groupby("label")["seconds"].median(),
        }
    )
    return gain, summary


def regression_gains(results: Results) -> list:
    """R² less that of the untuned regressor."""
    rows = results.good
    if "untuned" not in set(rows["label"]):
        return ["No row of the method 'untuned', which the others are compared with."]
    gain, summary = summarise_regression_gains(rows)
    return [
        f"Test R² less that of the untuned model, in hundredths, over the {len(gain)} runs that every method has. "
        "Seconds: medians of a fit.",
        summary.sort_values("mean rank"),
        *_less_others(gain),
        "Gain per run:",
        gain.drop(columns="untuned").round(2),
    ]


def _less_others(gain: pd.DataFrame) -> list:
    """Every method against those that the others are made of, over tables."""
    parts = []
    for base in ("default", "causalmix", "causalmix 6 views"):
        if base in gain:
            table = against(gain, base).rename(columns={"mean difference %": "mean difference"})
            small = {name: [f"{p:.2g}" for p in table[name]] for name in ("p", "p (Holm)")}
            parts += [
                f"Less {base}, over tables, folds averaged first; Wilcoxon's test, Holm's correction over the table:",
                table.round(3).assign(**small).to_markdown(),
            ]
    return parts


def regression_peers(results: Results) -> list:
    """Mean and median R² and mean rank by model; the same checkpoint with more views takes no part in ranks."""
    rows = results.good
    per_table = rows.groupby(["dataset", "label"])["r2"].mean().unstack()
    ranked = per_table[[label for label in per_table if not label.endswith("views")]]
    columns = {
        "mean R²": per_table.mean(),
        "median R²": per_table.median(),
        "rank": ranked.rank(axis=1, ascending=False).mean(),
    }
    mean = pd.DataFrame(columns).sort_values("mean R²", ascending=False)
    return [
        mean.round(4).to_markdown(),
        "R² per table, mean of the folds:",
        per_table[mean.index].round(4).to_markdown(),
    ]


def predictors(results: Results) -> list:
    """Means over the runs by method, as AutoGluon's leaderboard shows them."""
    rows = results.good
    columns = ["auc", "log_loss", "score_validation", "seconds", "mix_ratio", "synthetic_rows", "two_sample_auc"]
    means = rows.groupby("label")[[column for column in columns if column in rows]].mean()
    return ["Means over tables and folds; auc and log_loss on test rows.", means.sort_values("auc", ascending=False)]


def paired_predictors(results: Results) -> list:
    """`predictors`, and each later method less the first, by table and over the runs that both have."""
    rows = results.good
    first, *others = dict.fromkeys(rows["label"])
    parts = predictors(results)
    for second, score in itertools.product(others, ("auc", "log_loss")):
        some = rows[rows["label"].isin((first, second))]
        wide = some.pivot_table(index=RUN, columns="label", values=score, sort=False).dropna()
        if not len(wide):
            continue
        difference = wide[second] - wide[first]
        by_table = difference.groupby("dataset").mean()
        p = wilcoxon_p(by_table.to_numpy())
        test = f"Wilcoxon over tables p = {p:.3f}" if by_table.any() else "no difference"
        parts += [
            f"{score}, {second!r} less {first!r}: mean {difference.mean():+.4f}, median {difference.median():+.4f}, "
            f"higher in {(difference > 0).sum()} and lower in {(difference < 0).sum()} of {len(difference)} runs; "
            f"{test}.",
            by_table.rename(f"{score} difference").to_frame(),
        ]
    return parts


def _two_sample_auc(fidelity: dict | None) -> float | None:
    return fidelity.get("two_sample_auc") if isinstance(fidelity, dict) else None
