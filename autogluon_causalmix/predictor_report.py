"""The reports of all models in a predictor that this package fitted, one per model and fold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from autogluon_causalmix.errors import DataError, OptionError
from autogluon_causalmix.findings.finding import Check, Finding
from autogluon_causalmix.findings.registry import findings_of
from autogluon_causalmix.level_names import LevelNames, level_names, with_names

if TYPE_CHECKING:
    from autogluon.tabular import TabularPredictor

__all__ = ["PredictorReport", "report"]

#: Letters of a line of a printed report; more fits than stand in it go on below.
LINE_WIDTH = 100
#: Names of the classes whose fits are reported, as AutoGluon's information on a bag has them.
OURS = ("CausalMixModel", "CausalMixAugmentModel")
#: Columns of `PredictorReport.summary` and `PredictorReport.mixed`, which have no rows without such models.
_SUMMARY = (
    "model fold member weights edges scms synthetic_rows mix_ratio two_sample_auc steps kept validation untuned tuned "
    "seconds_causal seconds_tuning fallbacks"
).split()
_MIXED = (
    "model fold inside generator real_rows synthetic_rows validation_rows held_out real_weight synthetic_weight "
    "two_sample_auc shared seconds_rows seconds_model fallbacks"
).split()


@dataclass(frozen=True, repr=False)
class PredictorReport:
    """Fit reports by model and fold.

    Attributes
    ----------
    folds
        ``{model: {fold: report}}``; a model that is no bag has the single fold "". A report is
        the JSON-able dictionary of `finetune.report.FitReport`.
    augmented
        The same of the models of CAUSALMIX_AUGMENT: dictionaries of `augmentation.report.AugmentReport`.
    names
        What codes of categories stand for in findings and pictures: ``{column: {code: name}}``.
    not_kept
        Bags of such models whose folds AutoGluon did not keep, so that there is no report of them.
    label
        The predictor's, where reports do not say what they predict.
    """

    folds: dict[str, dict[str, dict[str, Any]]]
    augmented: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    names: LevelNames = field(default_factory=dict)
    not_kept: tuple[str, ...] = ()
    label: str | None = None
    _known: dict[tuple[str, Check], Finding | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def findings(self, mute: Iterable[str] = ()) -> list[Finding]:
        """What the reports mean: issues first, then tips, then what passed; see docs/findings.md.

        Checks are asked when this is first called, each one once; printing the report asks none. A check
        whose figures a fit did not measure is absent.

        Parameters
        ----------
        mute
            Codes to leave out, such as ``["CM403"]``.

        Raises
        ------
        OptionError
            If a code to mute is that of no check.
        """
        return findings_of(with_names(self.folds, self.names), mute, self._known)

    def __reduce__(self) -> tuple:
        # Answers are kept by check, and a check of the user's need not be one that pickle can find.
        return PredictorReport, (self.folds, self.augmented, self.names, self.not_kept, self.label)

    def edges(self, model: str | None = None) -> pd.DataFrame:
        """Mean edge probabilities over the folds of one model (the first one by default).

        Columns: from, to, probability, and whether the user stated the edge; most probable first.
        """
        known = self.to_dict()
        if model is None:
            model = next((m for m, folds in known.items() if any(r["edges"] for r in folds.values())), None)
        if model is not None and model not in known:
            raise DataError(f"no CausalMix model {model!r} in this predictor; it has {list(known)}")
        # A graph that the user stated took no resamples; discovery that found nothing counts as a fold without edges.
        folds = {name: one for name, one in known.get(model, {}).items() if one["graph_resamples"] or one["edges"]}
        rows = [edge for one in folds.values() for edge in one["edges"]]
        if not rows:
            return pd.DataFrame({"from": [], "to": [], "probability": [], "stated": []})
        mean = pd.DataFrame(rows).groupby(["from", "to"], sort=False).agg({"probability": "sum", "stated": "any"})
        mean["probability"] /= len(folds)
        return mean.sort_values("probability", ascending=False, kind="stable").reset_index()

    def of_model(self, model: str | None = None) -> dict[str, dict[str, Any]]:
        """Reports of one model by fold (the first one by default); none if there is no model at all.

        Raises
        ------
        DataError
            For a model that is not there.
        """
        if model is None:
            return next(iter(self.folds.values()), {})
        if model not in self.folds:
            raise DataError(f"no CausalMix model {model!r} in this predictor; it has {list(self.folds)}")
        return self.folds[model]

    @property
    def target(self) -> str | None:
        """The column that the models predict; None where no report says."""
        reports = [one for folds in self.folds.values() for one in folds.values()]
        return next((one["target"] for one in reports if one.get("target") is not None), self.label)

    def summary(self) -> pd.DataFrame:
        """One row per model, fold and member, with what most readers look for.

        What belongs to the whole fold (weights, graph, rows, seconds) is the same in each member's row.
        """
        rows = []
        for model, folds in self.folds.items():
            for fold, one in folds.items():
                fidelity = one["fidelity"] or {}
                members = zip(one["steps_taken"], one["step_kept"], one["validation_scores"], strict=True)
                rows += [
                    {
                        "model": model,
                        "fold": fold,
                        "member": k,
                        "weights": one["weights"].get("name"),
                        "edges": sum(edge["probability"] > 0.5 for edge in one["edges"]),
                        "scms": len(one["dags"]),
                        "synthetic_rows": one["rows_synthetic_used"],
                        "mix_ratio": one["mix_ratio"],
                        "two_sample_auc": fidelity.get("two_sample_auc"),
                        "steps": steps,
                        "kept": kept,
                        "validation": one["validation_name"],
                        "untuned": scores[0] if scores else None,
                        "tuned": scores[kept] if len(scores) > kept else None,
                        "seconds_causal": sum(one["seconds"].get(k, 0.0) for k in ("discovery", "mechanisms")),
                        "seconds_tuning": one["seconds"].get("fine-tuning"),
                        "fallbacks": "; ".join(one["fallbacks"]),
                    }
                    for k, (steps, kept, scores) in enumerate(members, start=1)
                ]
        return pd.DataFrame(rows, columns=None if rows else _SUMMARY)

    def mixed(self) -> pd.DataFrame:
        """What CAUSALMIX_AUGMENT mixed into its models: one row per model and fold.

        ``shared`` says that another model of the fold had fitted the generator; ``two_sample_auc`` is .5 where
        synthetic rows cannot be told from validation rows, and missing where it was not measured.
        """
        rows = []
        for model, folds in self.augmented.items():
            for fold, one in folds.items():
                fidelity, seconds = one["fidelity"] or {}, one["seconds"]
                rows.append(
                    {
                        "model": model,
                        "fold": fold,
                        "inside": one["model"],
                        "generator": one["generator"],
                        "real_rows": one["rows_real"],
                        "synthetic_rows": one["rows_synthetic"],
                        "validation_rows": one["rows_validation"],
                        "held_out": one["rows_held_out"],
                        "real_weight": one["weight_real"],
                        "synthetic_weight": one["weight_synthetic"],
                        "two_sample_auc": fidelity.get("two_sample_auc"),
                        "shared": one["shared_generator"],
                        "seconds_rows": seconds["total"] - seconds["model"],
                        "seconds_model": seconds["model"],
                        "fallbacks": "; ".join(one["fallbacks"]),
                    }
                )
        return pd.DataFrame(rows, columns=None if rows else _MIXED)

    def to_html(self, path: str | Path, mute: Iterable[str] = ()) -> None:
        """Write findings, what to try next, pictures and `summary` as one HTML file, which asks for no network.

        Parameters
        ----------
        path
            The file; its folder is made if it is not there.
        mute
            Codes of findings to leave out.
        """
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(self._page(mute), encoding="utf-8")

    def _page(self, mute: Iterable[str] = ()) -> str:
        from autogluon_causalmix.page import page

        edges = {model: self.edges(model) for model in self.folds}
        named = with_names(self.folds, self.names)
        return page(self.findings(mute), self.summary(), named, edges, self.mixed(), self.not_kept)

    def _repr_html_(self) -> str:
        """The page, for a notebook."""
        from autogluon_causalmix.page import framed

        return framed(self._page())

    def to_dict(self) -> dict:
        """The reports of all models as plain JSON-able data."""
        return {**self.folds, **self.augmented}

    def __str__(self) -> str:
        texts = _side_by_side(self.summary(), self.folds) + _side_by_side(self.mixed(), self.augmented)
        gone = [
            f"{model}: its folds were not kept (save_bag_folds=False), nor their reports" for model in self.not_kept
        ]
        return "\n\n".join([*texts, *gone]) or "no CausalMix model in this predictor"

    __repr__ = __str__


def _side_by_side(table: pd.DataFrame, reports: dict[str, dict[str, dict[str, Any]]]) -> list[str]:
    """Return a text for each model: its fits beside each other, and below them each fallback once.

    In rows of their own, reasons and all, they would be 200 letters wide.
    """
    texts = []
    for model, fits in table.groupby("model", sort=False) if len(table) else ():
        shown = fits.drop(columns=["model", "fallbacks"]).T
        lines = shown.to_string(header=False, line_width=LINE_WIDTH, float_format=lambda x: f"{x:.4g}")
        reasons = dict.fromkeys(reason for one in reports[model].values() for reason in one["fallbacks"])
        texts.append("\n".join([str(model), lines, *(f"fallback: {reason}" for reason in reasons)]))
    return texts


def report(predictor: TabularPredictor) -> PredictorReport:
    """Collect the reports of a fitted predictor's CausalMix models.

    ``print(report(predictor))`` shows a table; `PredictorReport.folds` holds everything: edges and
    probabilities, DAGs, rows, fidelity, steps, validation scores, seconds, fallbacks. Models of
    CAUSALMIX_AUGMENT are in `PredictorReport.augmented`, and in the table of `PredictorReport.mixed`.

    Raises
    ------
    OptionError
        For what is no predictor.

    Examples
    --------
    >>> from autogluon.tabular import TabularPredictor
    >>> import autogluon_causalmix, numpy, tempfile
    >>> x = numpy.random.default_rng(0).standard_normal((60, 2))
    >>> table = pd.DataFrame(x, columns=["dose", "age"]).assign(effect=numpy.where(x[:, 0] > 0, "yes", "no"))
    >>> options = {"hf_model": "mini", "fine_tune_steps": 2}
    >>> predictor = TabularPredictor("effect", path=tempfile.mkdtemp(), verbosity=0)
    >>> predictor = predictor.fit(table, hyperparameters={"CAUSALMIX": options}, fit_weighted_ensemble=False)
    >>> shown = report(predictor)
    >>> shown.summary()[["model", "weights", "steps"]].values.tolist()
    [['CausalMix', 'mini', 2]]
    >>> list(shown.edges().columns)
    ['from', 'to', 'probability', 'stated']
    >>> next(one.explanation for one in shown.findings() if one.code == "CM401")
    'Weights: mini.'
    """
    if not getattr(predictor, "is_fit", False):
        raise OptionError(f"predictor={predictor!r} has no fit report: pass a fitted predictor")
    tuned, augmented, not_kept = {}, {}, []
    for model in predictor.model_names():
        if not _may_be_ours(predictor, model):
            continue
        info = predictor.model_info(model)
        for key, reports in (("causalmix_report", tuned), ("causalmix_augment_report", augmented)):
            folds = {name: child.get(key) for name, child in (info.get("children_info") or {}).items()}
            if key in info:
                folds[""] = info[key]
            folds = {name: one for name, one in folds.items() if one is not None}
            if folds:
                reports[model] = folds
        of_ours = (info.get("bagged_info") or {}).get("child_model_type") in OURS
        if of_ours and model not in tuned and model not in augmented:
            not_kept.append(model)
    names = level_names(predictor) if tuned else {}
    return PredictorReport(tuned, augmented, names, tuple(not_kept), str(predictor.label))


def _may_be_ours(predictor: TabularPredictor, model: str) -> bool:
    """Whether a model, or what it bags, is one of ours: asking for its report loads it, and others are many.

    AutoGluon's trainer keeps the class; where a version does not, every model is asked.
    """
    try:
        inner = predictor._trainer.get_model_attribute(model, "type_inner")
    except (AttributeError, KeyError):
        return True
    return any(one.__name__ in OURS for one in getattr(inner, "__mro__", ()))
