"""Zero-shot quality of a checkpoint beside four scikit-learn models on the 33 tables x 3 splits.

    python -m benchmarks.checkpoint_card [--hf-model mini] [--out benchmarks/results/checkpoint]

At most 500 training rows, tests on the rest (at most 2,000). Writes scores per table and split
as CSV and the summary as Markdown; a killed run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.options import CausalMixOptions
from benchmarks.datasets import DATASETS, TARGET, load, low_data_split
from benchmarks.grid.machine import describe

SPLITS = (0, 1, 2)
CATEGORIES = make_column_selector(dtype_include="category")
NUMBERS = make_column_selector(dtype_include="number")


def _ordinal():
    unknown = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_column_transformer((unknown, CATEGORIES), remainder="passthrough")


def _one_hot():
    return make_column_transformer((OneHotEncoder(handle_unknown="ignore"), CATEGORIES), (StandardScaler(), NUMBERS))


def peers(seed: int) -> dict:
    """The four models; defaults but for the forest's 200 trees and the regression's iterations."""
    return {
        "random forest": make_pipeline(_ordinal(), RandomForestClassifier(200, random_state=seed, n_jobs=1)),
        "hist. boosting": make_pipeline(_ordinal(), HistGradientBoostingClassifier(random_state=seed)),
        "kNN": make_pipeline(_one_hot(), KNeighborsClassifier()),
        "logistic regression": make_pipeline(_one_hot(), LogisticRegression(max_iter=1000)),
    }


def zero_shot(train: pd.DataFrame, test: pd.DataFrame, hf_model: str, n_estimators: int = 1) -> np.ndarray:
    """Probabilities ``(n_test, n_classes)`` of the checkpoint with all training rows as support."""
    y = train[TARGET].cat.codes
    options = CausalMixOptions(hf_model=hf_model, fine_tune=False, n_estimators=n_estimators)
    estimator = CausalMixEstimator(options, "multiclass", train[TARGET].cat.categories.size)
    return estimator.fit(train.drop(columns=TARGET), y).predict_proba(test.drop(columns=TARGET))


def scores(test: pd.DataFrame, p: np.ndarray) -> tuple[float, float]:
    """Macro one-vs-rest ROC-AUC and log loss, over the classes that the test rows have."""
    y = test[TARGET].cat.codes.to_numpy()
    present = np.unique(y)
    auc = float(np.mean([roc_auc_score(y == k, p[:, k]) for k in present]))
    clipped = np.clip(p, 1e-6, None)
    return auc, float(log_loss(y, clipped / clipped.sum(axis=1, keepdims=True), labels=range(p.shape[1])))


def run(hf_model: str, out: Path, datasets: list[str], with_ensemble: bool) -> pd.DataFrame:
    """Score everything that ``out`` does not hold yet."""
    path = out.with_suffix(".csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = pd.read_csv(path).to_dict("records") if path.exists() else []
    done = {(row["dataset"], row["split"]) for row in rows}
    for name in datasets:
        frame = load(name)
        for split in SPLITS:
            if (name, split) in done:
                continue
            train, test = low_data_split(frame, 500, split)
            models = {"mini": lambda tr=train, te=test: zero_shot(tr, te, hf_model)}
            if with_ensemble:
                models["mini, 4 views"] = lambda tr=train, te=test: zero_shot(tr, te, hf_model, 4)
            for label, model in peers(split).items():
                models[label] = lambda m=model, tr=train, te=test: m.fit(
                    tr.drop(columns=TARGET), tr[TARGET].cat.codes
                ).predict_proba(te.drop(columns=TARGET))
            for label, predict in models.items():
                began = time.perf_counter()
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    auc, loss = scores(test, predict())
                seconds = round(time.perf_counter() - began, 3)
                rows.append(
                    {"dataset": name, "split": split, "model": label, "auc": auc, "log_loss": loss, "seconds": seconds}
                )
            pd.DataFrame(rows).to_csv(path, index=False)
            sys.stderr.write(f"{name} {split}: mini {rows[-len(models)]['auc']:.4f}\n")
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Mean ROC-AUC, log loss and rank per model; ranks by ROC-AUC averaged over the splits."""
    per_set = table.groupby(["dataset", "model"])[["auc", "log_loss"]].mean().reset_index()
    main = per_set[per_set["model"] != "mini, 4 views"].copy()
    main["rank"] = main.groupby("dataset")["auc"].rank(ascending=False)
    mean = per_set.groupby("model")[["auc", "log_loss"]].mean()
    mean["rank"] = main.groupby("model")["rank"].mean()
    return mean.sort_values("auc", ascending=False).rename(columns={"auc": "ROC-AUC", "log_loss": "log loss"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hf-model", default="mini")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/checkpoint"))
    parser.add_argument("--datasets", nargs="*", default=list(DATASETS))
    parser.add_argument("--no-ensemble", action="store_true")
    arguments = parser.parse_args()
    table = run(arguments.hf_model, arguments.out, arguments.datasets, not arguments.no_ensemble)
    mean = summary(table)
    per_set = table.pivot_table(index="dataset", columns="model", values="auc")
    text = "\n\n".join(
        [
            f"# Zero-shot: {arguments.hf_model}, {table['dataset'].nunique()} tables x {len(SPLITS)} splits",
            f"At most 500 training rows, at most 2,000 test rows. {describe()}",
            mean.round(4).to_markdown(),
            "Mean ROC-AUC per table:",
            per_set[mean.index].round(4).to_markdown(),
        ]
    )
    arguments.out.with_suffix(".md").write_text(text + "\n")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
