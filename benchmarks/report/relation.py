"""Does the fidelity of synthetic rows foretell what fine-tuning on them gains?

Three rank correlations, each with a 95 % interval from a bootstrap over data sets:

* over data sets within a generator (mean over generators): does it gain where it is faithful?
* over generators within a data set (mean over data sets): does the more faithful one gain more?
* jointly: the coefficient of fidelity in a mixed model of the gain, both as standardised ranks, with a level of
  its own for every generator and a random one for every data set.

All figures are turned so that more is better: a positive number says that faithful rows gain.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.report.gains import by_dataset
from benchmarks.report.results import RUN

__all__ = ["BESIDE", "MEASURES", "correlations", "joint", "over_datasets", "over_generators", "pairs", "sentence"]

#: Figures of `fidelity`: what they are called here, and the sign that makes more better.
MEASURES = {
    "two_sample_auc": ("hard to tell from real rows", -1),
    "marginal_distance": ("marginals alike", -1),
    "association_distance": ("associations alike", -1),
    "usefulness": ("usefulness", 1),
    "closer_to_training": ("not copied", -1),
}
#: What makes usefulness high where real rows are useful, too: no figures of the synthetic rows alone.
BESIDE = ("usefulness less that of real rows", "usefulness of real rows")
RESAMPLES = 500
#: A mixed model takes some tens of milliseconds.
JOINT_RESAMPLES = 100
#: Fewer pairs have no rank correlation worth its name.
FEWEST = 4


def pairs(rows: pd.DataFrame, gain: pd.DataFrame) -> pd.DataFrame:
    """One row per data set and method that draws rows: means over folds of the gain, of every measure and `BESIDE`.

    Of the folds that all methods have, if these are of most tables: a method's gain over more folds is another one.
    Methods whose rows have the model's own labels are left out: what was measured are the generator's.
    """
    drawn = rows[rows["fidelity_on_test"].map(lambda fidelity: isinstance(fidelity, dict)).astype(bool)]
    if "options" in drawn:
        drawn = drawn[drawn["options"].map(lambda options: options.get("label_source") != "model").astype(bool)]
    runs = gain[[label for label in gain if label in set(drawn["label"])]].dropna().index
    if 2 * runs.get_level_values("dataset").nunique() >= max(1, drawn["dataset"].nunique()):
        drawn = drawn[drawn.set_index(RUN).index.isin(runs)]
        gain = gain.loc[runs]
    columns = [*MEASURES, "usefulness_of_training"]
    figures = pd.DataFrame(list(drawn["fidelity_on_test"]), index=drawn.index, columns=columns).astype(float)
    about = {name: sign * figures[key] for key, (name, sign) in MEASURES.items()}
    less, real = BESIDE
    about |= {less: figures["usefulness"] - figures["usefulness_of_training"], real: figures["usefulness_of_training"]}
    frame = drawn[["dataset", "label", "mix_ratio"]].assign(**about)
    means = frame.groupby(["dataset", "label"], sort=False).mean()
    means["gain"] = by_dataset(gain).stack()
    return means.dropna(subset="gain").reset_index()


def over_datasets(frame: pd.DataFrame, measure: str) -> float:
    """Mean over generators of the rank correlation over data sets."""
    return _mean_correlation(*_matrices(frame, measure))


def over_generators(frame: pd.DataFrame, measure: str) -> float:
    """Mean over data sets of the rank correlation over generators."""
    return _mean_correlation(*(part.T for part in _matrices(frame, measure)))


def joint(frame: pd.DataFrame, measure: str) -> float:
    """Coefficient of the measure's rank in a mixed model of the gain's rank; NaN where it cannot be fitted."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    frame = frame.dropna(subset=[measure, "gain"])
    if frame["dataset"].nunique() < FEWEST or frame[measure].nunique() < FEWEST:
        return float("nan")
    scores = {name: _standardised(frame[name].rank()) for name in (measure, "gain")}
    levels = pd.get_dummies(frame["label"], dtype=float)  # every generator's own level stands for the intercept
    design = np.column_stack([scores[measure], levels])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a random effect that is estimated as zero
        try:
            model = MixedLM(scores["gain"].to_numpy(), design, groups=frame["dataset"].to_numpy())
            return float(model.fit(reml=False, method="lbfgs").fe_params[0])
        except np.linalg.LinAlgError:  # data sets do not differ at all: without their effect it is a regression
            return float(np.linalg.lstsq(design, scores["gain"].to_numpy(), rcond=None)[0][0])


def correlations(frame: pd.DataFrame, seed: int = 0, brief: bool = False) -> pd.DataFrame:
    """All three statistics of every measure, with their 95 % intervals.

    ``brief`` leaves out the mixed model, which takes a minute, and adds what is in `BESIDE`.

    Returns
    -------
    Columns measure, statistic, value, low, high, n (pairs).
    """
    kinds: dict[str, tuple[Callable, int]] = {
        "over data sets": (over_datasets, RESAMPLES),
        "over generators": (over_generators, RESAMPLES),
        "jointly": (joint, JOINT_RESAMPLES),
    }
    names = [name for name, _ in MEASURES.values()]
    if brief:
        del kinds["jointly"]
        names += BESIDE
    rows = []
    for name in names:
        known = frame.dropna(subset=[name])
        for kind, (statistic, resamples) in kinds.items():
            low, high = _interval(known, name, statistic, resamples, seed)
            rows.append((name, kind, statistic(known, name), low, high, len(known)))
    table = pd.DataFrame(rows, columns=["measure", "statistic", "value", "low", "high", "n"])
    return table.dropna(subset="value", ignore_index=True) if brief else table


def sentence(table: pd.DataFrame) -> str:
    """What the correlations say, in one sentence; the intervals are not corrected for their number."""
    number = f"{table['n'].max()} pairs of a table and a method"
    table = table.dropna(subset=["low", "high"])
    if table.empty:
        return f"Whether fidelity foretells the gain is open: {number} on too few data sets give no interval."
    clear = table[(table["low"] > 0) | (table["high"] < 0)]
    if clear.empty:
        return f"Fidelity does not foretell the gain: none of the {len(table)} intervals leaves out zero ({number})."
    named = "; ".join(
        f"{row.measure} {row.statistic} {row.value:+.2f} ({row.low:+.2f} to {row.high:+.2f})"
        for row in clear.itertuples()
    )
    return f"{len(clear)} of {len(table)} intervals leave out zero, one in twenty would by chance ({number}): {named}."


def _standardised(values: pd.Series) -> pd.Series:
    return (values - values.mean()) / values.std()


def _matrices(frame: pd.DataFrame, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """The measure and the gain ``(n_datasets, n_generators)``; NaN in both where one is missing."""
    index = [frame["dataset"], frame["label"]]
    x, y = (frame[name].set_axis(index).unstack(sort=False).to_numpy(float) for name in (measure, "gain"))
    known = np.isfinite(x) & np.isfinite(y)
    return np.where(known, x, np.nan), np.where(known, y, np.nan)


def _mean_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Mean over columns of the rank correlation of their known rows; columns of few rows do not count."""
    from scipy.stats import rankdata

    enough = np.isfinite(x).sum(axis=0) >= FEWEST
    a, b = (rankdata(part[:, enough], axis=0, nan_policy="omit") for part in (x, y))
    a, b = (part - np.nanmean(part, axis=0) for part in (a, b)) if enough.any() else (a, b)
    spread = np.sqrt(np.nansum(a**2, axis=0) * np.nansum(b**2, axis=0))
    varies = spread > 0
    if not varies.any():
        return float("nan")
    return float((np.nansum(a * b, axis=0)[varies] / spread[varies]).mean())


def _interval(frame: pd.DataFrame, measure: str, statistic: Callable, resamples: int, seed: int) -> tuple[float, float]:
    """Percentiles over draws of data sets; one that is drawn twice counts as two."""
    rng = np.random.default_rng(seed)
    parts = [part for _, part in frame.groupby("dataset", sort=False)]
    if len(parts) < FEWEST:
        return float("nan"), float("nan")
    if statistic is not joint:
        x, y = _matrices(frame, measure)
        flip = (lambda part: part.T) if statistic is over_generators else (lambda part: part)
    values = []
    for _ in range(resamples):
        drawn = rng.integers(len(parts), size=len(parts))
        if statistic is joint:
            again = pd.concat([parts[k].assign(dataset=place) for place, k in enumerate(drawn)], ignore_index=True)
            values.append(joint(again, measure))
        else:
            values.append(_mean_correlation(flip(x[drawn]), flip(y[drawn])))
    values = np.array(values)[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
