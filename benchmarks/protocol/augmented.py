"""Any of AutoGluon's models in ``TabularPredictor``, plain or on real and synthetic rows: what is measured of it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any

import pandas as pd

from benchmarks.grid.cell import Cell
from benchmarks.protocol.content import read
from benchmarks.protocol.methods import Setting
from benchmarks.protocol.scores import scores
from benchmarks.protocol.tables import TARGET

__all__ = ["in_autogluon", "model_with_rows"]


def model_with_rows(hyperparameters: Mapping[str, Any], setting: Setting) -> dict[str, Any]:
    """Resolved options: AutoGluon's key of the model, and those of CAUSALMIX_AUGMENT unless ``generator`` is None.

    The model's own hyperparameters are AutoGluon's defaults, with the fold as its seed.
    """
    given = dict(hyperparameters)
    model, generator, time_limit = given.pop("model"), given.pop("generator", None), given.pop("time_limit", None)
    options = {} if generator is None else {"mix_ratio": 0.5, "generator": generator, **given}
    return {"model": model, "options": options, "time_limit": time_limit, "seed": setting.seed}


def in_autogluon(cell: Cell) -> dict[str, Any]:
    """Fit one model through ``TabularPredictor``, which holds a fifth of the rows out to stop early.

    Returns
    -------
    Test scores; the rows that were trained on; the seconds of the whole fit, of the model and of its synthetic
    rows; and whether an earlier cell of this worker had fitted the generator, which makes the last ones few.
    """
    from autogluon.tabular import TabularPredictor

    import autogluon_causalmix

    train, _, test = cell.split.draw(read(cell.dataset, cell.content))
    train[TARGET] = train[TARGET].cat.remove_unused_categories()
    metric = "roc_auc" if train[TARGET].nunique() == 2 else "roc_auc_ovr_macro"
    model, options, seed = cell.options["model"], dict(cell.options["options"]), cell.options["seed"]
    resources = {"ag_args_fit": {"num_gpus": cell.resources.gpus, "num_cpus": cell.resources.cpus}}
    if options:
        hyperparameters = {"CAUSALMIX_AUGMENT": {"model": model, "seed": seed, **options, **resources}}
    else:
        hyperparameters = {model: resources | _seeded(model, seed)}
    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor(TARGET, path=folder, eval_metric=metric, verbosity=0)
        predictor.fit(
            train,
            hyperparameters=hyperparameters,
            fit_weighted_ensemble=False,
            time_limit=cell.options["time_limit"],
            num_cpus=cell.resources.cpus,
        )
        (board,) = predictor.leaderboard(display=False).to_dict("records")
        p = predictor.predict_proba(test).reindex(columns=test[TARGET].cat.categories, fill_value=0.0)
        mixed = autogluon_causalmix.report(predictor).mixed()
    details = {"score_validation": board["score_val"], "seconds": board["fit_time"], "training_rows": len(train)}
    if len(mixed):
        shown = ("real_rows", "synthetic_rows", "two_sample_auc", "shared", "seconds_rows", "seconds_model")
        details |= {name: _plain(mixed.iloc[0][name]) for name in (*shown, "fallbacks")}
    return scores(test, p.to_numpy()) | details


def _seeded(model: str, seed: int) -> dict[str, Any]:
    """The plain model's seed under its own name, so that it is the seed that it has inside CAUSALMIX_AUGMENT."""
    from autogluon.tabular.registry import ag_model_registry

    name = ag_model_registry.key_to_cls(model).seed_name
    return {} if name is None else {name: seed}


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and pd.isna(value) else value
