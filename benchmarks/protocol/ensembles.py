"""What an ensemble of ``TabularPredictor`` gains from models of this package: one cell is all its bags.

`BAGS` are fitted together, as one call of ``fit`` with all of them would; `ENSEMBLES` are AutoGluon's weighted
ensembles of some of them, whose weights are chosen on out-of-fold predictions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any

import pandas as pd

from benchmarks.grid.cell import Cell
from benchmarks.protocol.content import read
from benchmarks.protocol.methods import Setting, in_predictor
from benchmarks.protocol.scores import scores
from benchmarks.protocol.tables import TARGET

__all__ = ["BAGS", "ENSEMBLES", "TREES", "measured", "resolved"]

#: What is bagged. "as it comes" is what small tables get: six views, SCM rows in half of the steps; "one view" has
#: neither; "untuned" has the six views and no step.
BAGS = {
    "as it comes": {"model": "CAUSALMIX", "n_views": None},
    "one view": {"model": "CAUSALMIX", "method": "default"},
    "untuned": {"model": "CAUSALMIX", "n_views": None, "fine_tune": False},
    "LightGBM": {"model": "GBM"},
    "CatBoost": {"model": "CAT"},
    "random forest": {"model": "RF"},
}
TREES = ("LightGBM", "CatBoost", "random forest")
#: Bags that are weighted together, by the name of what they make.
ENSEMBLES = {
    "both": ("as it comes", "one view"),
    "trees": TREES,
    "trees, untuned": (*TREES, "untuned"),
    "trees, as it comes": (*TREES, "as it comes"),
    "trees, both": (*TREES, "as it comes", "one view"),
}


def resolved(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Options of every bag, all defaults filled in; ``hyperparameters`` are those of all of CAUSALMIX."""
    ours = {name: value for name, value in hyperparameters.items() if name != "bag_folds"}
    bags = {
        name: in_predictor({**(ours if given["model"] == "CAUSALMIX" else {}), **given}, setting)
        for name, given in BAGS.items()
    }
    return {"bag_folds": hyperparameters["bag_folds"], "device": setting.device, "bags": bags}


def measured(cell: Cell) -> dict[str, Any]:
    """Fit the bags and weigh them.

    Returns
    -------
    ``by_model``: of every bag and ensemble its scores on test rows, on out-of-fold rows, and the seconds of its fit
    with those of the bags that it gives a weight; of ensembles also the weights. ``seconds``: of all bags together.
    """
    from autogluon.tabular import TabularPredictor

    import autogluon_causalmix  # noqa: F401  (makes the key known)

    drawn, validation, test = cell.split.draw(read(cell.dataset, cell.content))
    train = pd.concat([drawn, validation], ignore_index=True)
    train[TARGET] = train[TARGET].cat.remove_unused_categories()
    hyperparameters: dict[str, list] = {}
    for k, bag in enumerate(cell.options["bags"].values()):
        options = {name: value for name, value in bag["options"].items() if name not in ("weights", "device")}
        options["ag_args_fit"] = {"num_gpus": cell.resources.gpus, "num_cpus": cell.resources.cpus}
        options["ag_args"] = {"name_suffix": _suffix(k)}
        hyperparameters.setdefault(bag["model"], []).append(options)
    with tempfile.TemporaryDirectory() as folder:
        # By log loss, as the steps of our fits are chosen; temperatures would be the best model's alone.
        predictor = TabularPredictor(TARGET, path=folder, eval_metric="log_loss", verbosity=0)
        predictor.fit(
            train,
            hyperparameters=hyperparameters,
            fit_weighted_ensemble=False,
            calibrate=False,
            num_cpus=cell.resources.cpus,
            num_bag_folds=cell.options["bag_folds"],
            ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},
        )
        fitted = predictor.model_names()
        names = {
            name: next(full for full in fitted if f"{_suffix(k)}_BAG" in full)
            for k, name in enumerate(cell.options["bags"])
        }
        for k, (name, bags) in enumerate(ENSEMBLES.items()):
            (names[name],) = predictor.fit_weighted_ensemble([names[bag] for bag in bags], name_suffix=_suffix(k))
        rows = predictor.leaderboard(display=False).set_index("model")
        by_model = {}
        for name, full in names.items():
            p = predictor.predict_proba(test, model=full).reindex(columns=test[TARGET].cat.categories, fill_value=0.0)
            about = {"score_validation": float(rows.loc[full, "score_val"]), "fit": float(rows.loc[full, "fit_time"])}
            if name in ENSEMBLES:
                weights = predictor.model_info(full)["children_info"]["S1F1"]["model_weights"]
                about["weights"] = {bag: float(weights.get(names[bag], 0.0)) for bag in ENSEMBLES[name]}
            by_model[name] = scores(test, p.to_numpy()) | about
    return {"by_model": by_model, "seconds": sum(by_model[name]["fit"] for name in cell.options["bags"])}


def _suffix(k: int) -> str:
    """What tells the ``k``-th bag from others by its name in the predictor."""
    return f"Bag{k}"
