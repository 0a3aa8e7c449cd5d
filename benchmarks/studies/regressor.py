"""Zero-shot quality of a regressor beside four scikit-learn models on the 44 tables x 3 splits.

    python -m benchmarks.regressor_card [--hf-model mini] [--out benchmarks/results/regressor]

At most 500 training rows, tests on the rest (at most 2,000). Writes R² per table, split and model
as CSV and the summary as Markdown; a killed run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from autogluon_causalmix.finetune.estimator import CausalMixEstimator
from autogluon_causalmix.options import CausalMixOptions
from benchmarks.grid import measure_grid
from benchmarks.machine import describe
from benchmarks.regression_tables import TABLES, TARGET, load, low_data_split

SPLITS = (0, 1, 2)
VIEWS = "mini, 4 views"
MODELS = ("mini", VIEWS, "random forest", "hist. boosting", "ridge", "kNN")
CATEGORIES = make_column_selector(dtype_include="category")
NUMBERS = make_column_selector(dtype_include="number")


def _ordinal():
    unknown = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_column_transformer((unknown, CATEGORIES), remainder="passthrough")


def _one_hot():
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    return make_column_transformer((OneHotEncoder(handle_unknown="ignore"), CATEGORIES), (numbers, NUMBERS))


def peer(name: str, seed: int):
    """A scikit-learn model; defaults but for the forest's 200 trees and ridge's choice of penalty."""
    if name == "random forest":
        return make_pipeline(_ordinal(), RandomForestRegressor(200, random_state=seed, n_jobs=1))
    if name == "hist. boosting":
        return make_pipeline(_ordinal(), HistGradientBoostingRegressor(random_state=seed))
    if name == "kNN":
        return make_pipeline(_one_hot(), KNeighborsRegressor())
    return make_pipeline(_one_hot(), RidgeCV(np.logspace(-3, 3, 13)))


def zero_shot(train: pd.DataFrame, test: pd.DataFrame, hf_model: str, n_estimators: int) -> np.ndarray:
    """Predictions ``(n_test,)`` of the checkpoint with all training rows as support."""
    options = CausalMixOptions(hf_model=hf_model, fine_tune=False, n_estimators=n_estimators)
    estimator = CausalMixEstimator(options, "regression")
    return estimator.fit(train.drop(columns=TARGET), train[TARGET]).predict(test.drop(columns=TARGET))


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Mean and median R² and mean rank per model; ranks by each table's R² averaged over splits."""
    per_table = table.groupby(["dataset", "model"])["r2"].mean().unstack()
    ranks = per_table.drop(columns=VIEWS, errors="ignore").rank(axis=1, ascending=False)
    columns = {"mean R²": per_table.mean(), "median R²": per_table.median(), "rank": ranks.mean()}
    return pd.DataFrame(columns).sort_values("mean R²", ascending=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hf-model", default="mini")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/regressor"))
    parser.add_argument("--datasets", nargs="*", default=list(TABLES))
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    parser.add_argument("--minutes", type=float, default=float("inf"))
    arguments = parser.parse_args()

    def measure(dataset: str, split: int, model: str) -> dict:
        train, test = low_data_split(load(dataset), 500, split)
        began = time.perf_counter()
        if model in ("mini", VIEWS):
            predicted = zero_shot(train, test, arguments.hf_model, 4 if model == VIEWS else 1)
        else:
            fitted = peer(model, split).fit(train.drop(columns=TARGET), train[TARGET])
            predicted = fitted.predict(test.drop(columns=TARGET))
        seconds = round(time.perf_counter() - began, 3)
        return {"r2": round(r2_score(test[TARGET], predicted), 5), "seconds": seconds}

    cells = [
        {"dataset": dataset, "split": split, "model": model}
        for dataset in arguments.datasets
        for split in SPLITS
        for model in arguments.models
    ]
    table = measure_grid(arguments.out.with_suffix(".csv"), cells, measure, arguments.minutes)
    mean = summary(table)
    per_table = table.pivot_table(index="dataset", columns="model", values="r2")
    text = "\n\n".join(
        [
            f"# Zero-shot regression: {arguments.hf_model}, {len(per_table)} tables x {len(SPLITS)} splits",
            f"At most 500 training rows, at most 2,000 test rows. {describe()}",
            mean.round(4).to_markdown(),
            "R² per table, mean of the splits:",
            per_table[mean.index].round(4).to_markdown(),
        ]
    )
    arguments.out.with_suffix(".md").write_text(text + "\n")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
