"""Tables whose rows come from several domains (months, regions, age groups), for splits between domains.

Ten were collected by the repository automl/Drift-Resilient_TabPFN and are not shipped: its data folder, or a
copy of it, is named by the environment variable ``CAUSALMIX_DRIFT_FOLDER``. The others are in the wheel that
``python -m benchmarks.protocol.regression_tables`` fetches. The list was fixed before any model was scored on
it. Left out are identifiers, second forms of the target or of the domain, columns known only after the
target, and rows without a target or a domain. Ecdat/Males (union by year) is not here: the same men are in
every year, so that a row's twin would be on both sides; nor AER/CPSSW9204, which has two years, nor
medicaldata/indo_rct, whose four hospitals make no three choices with enough rows of each class.

What the domain is made of is no feature, but others may still follow it: in housing_ames the years of the
garage and of the last alteration follow the year of building. In occupancy_detection and elec2 one row is the
state a minute or half an hour after another, so that a random test of the training days is easy.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.protocol import regression_tables
from benchmarks.protocol.tables import TARGET

__all__ = ["DATASETS", "DOMAIN", "DRIFT", "FOLDER", "PACKAGED", "DriftFolderError", "is_ordered", "load"]

#: Column of the domains in a loaded table; the splits take it away.
DOMAIN = "domain"
#: Environment variable that names the folder of the ten tables.
FOLDER = "CAUSALMIX_DRIFT_FOLDER"


class DriftFolderError(RuntimeError):
    """The folder of the ten tables is not there; the one-line message says what to do."""


@dataclass(frozen=True)
class Packaged:
    """How a table of the wheel is read.

    Attributes
    ----------
    left_out
        Columns left out.
    ordered
        Whether the domains have an order, in which late ones are tested on.
    edges
        Of the groups that a number is cut into to be a domain; none where its values are the domains.
    """

    left_out: str = ""
    ordered: bool = False
    edges: tuple[float, ...] = ()


#: "table:target@domain".
PACKAGED = {
    "AER/GSS7402:ethnicity@year": Packaged(ordered=True),
    "AER/NMES1988:health@region": Packaged(),
    "AER/GSOEP9402:school@year": Packaged("birthyear", ordered=True),
    "Ecdat/RetSchool:col4@region": Packaged("south76"),
    "Ecdat/Benefits:ui@state": Packaged("bluecol"),
    "ISLR/Wage:health@year": Packaged("region logwage", ordered=True),
    "carData/Arrests:released@year": Packaged(ordered=True),
    "carData/WVS:poverty@country": Packaged(),
    "MASS/Aids2:status@state": Packaged("death"),
    "Stat2Data/Hawks:Species@Year": Packaged("CaptureTime ReleaseTime BandNumber", ordered=True),
    "causaldata/nhefs:qsmk@school": Packaged(
        "seqn death yrdth modth dadth wt82 wt82_71 smkintensity82_71 education", ordered=True, edges=(8, 9, 12, 13)
    ),
}


def is_ordered(name: str) -> bool:
    """Whether the table's domains have an order."""
    return name in DRIFT or PACKAGED[name].ordered


def load(name: str) -> pd.DataFrame:
    """Return features, `DOMAIN` and the target, called `tables.TARGET` and a category.

    The domains are an ordered category where they have an order, a plain one otherwise.

    Raises
    ------
    DriftFolderError, WheelError
        Where the file is not there; the message says what to do.
    """
    if name in DRIFT:
        frame, target, domain = DRIFT[name](name.removeprefix("drift/"))
    else:
        frame, target, domain = _packaged(name)
    known = (target.notna() & domain.notna()).to_numpy()
    frame, target, domain = (part[known].reset_index(drop=True) for part in (frame, target, domain))
    domain = pd.Categorical(domain, categories=sorted(domain.unique()), ordered=is_ordered(name))
    features = regression_tables.typed_features(frame)
    return pd.DataFrame({**features, DOMAIN: domain, TARGET: target.astype("category")})


def _packaged(name: str) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    table, _, columns = name.partition(":")
    target, _, domain = columns.partition("@")
    frame = regression_tables.packaged(table)
    of_rows, edges = frame[domain], PACKAGED[name].edges
    if edges:
        of_rows = _groups(of_rows, edges)
    return frame.drop(columns=[target, domain, *PACKAGED[name].left_out.split()]), frame[target], of_rows


def _groups(values: pd.Series, edges: tuple[float, ...]) -> pd.Series:
    """Number of edges at or below each value."""
    groups = pd.Series(np.searchsorted(edges, values.to_numpy(float), side="right"), index=values.index)
    return groups.where(values.notna())


def _read(name: str, **how) -> pd.DataFrame:
    folder = os.environ.get(FOLDER)
    source = "the data folder of github.com/automl/Drift-Resilient_TabPFN"
    if not folder:
        raise DriftFolderError(f"drift/{name} lies in {source}: download it and set {FOLDER} to where it is")
    path = Path(folder) / f"{name}.csv"
    if not path.is_file():
        raise DriftFolderError(f"{path} is missing: {FOLDER} must name {source}, with the file {path.name} in it")
    return pd.read_csv(path, **how)


def _in_classes(values: pd.Series, n: int) -> pd.Series:
    """Classes of about equal size, named by number; fewer where a value is too frequent."""
    return pd.qcut(values, n, labels=False, duplicates="drop")


def _absenteeism(name: str):
    frame = _read(name, sep=";").iloc[:-3]  # the last three rows have no month
    season = (frame["Seasons"] != frame["Seasons"].shift()).cumsum()
    target = frame["Absenteeism time in hours"]
    return frame.drop(columns=["ID", "Seasons", target.name]), _in_classes(target, 4), season


def _heart(name: str):
    frame = _read(name)
    return frame.drop(columns=["age", "target"]), frame["target"] > 0, _groups(frame["age"], (45, 50, 55, 60, 65))


def _diabetes(name: str):
    frame = _read(name)
    return frame.drop(columns=["Age", "class"]), frame["class"], _groups(frame["Age"], (35, 45, 55, 65))


def _electricity(name: str):
    frame = _read(name, skipinitialspace=True, na_values="?")
    day = pd.to_datetime(frame["date"].astype(str), format="%y%m%d")
    week = (day - day.min()).dt.days // 7
    return frame.drop(columns=["date", "nsw_prize", "v_prize", "target"]), frame["target"], week


def _housing(name: str):
    frame = _read(name)
    built = _groups(frame["YearBuilt"], (1920, 1940, 1960, 1970, 1980, 1990, 2000))
    return frame.drop(columns=["Id", "YearBuilt", "SalePrice"]), _in_classes(frame["SalePrice"], 3), built


def _stocks(name: str):
    frame = _read(name)
    day = pd.to_datetime(frame["date"], format="%d-%b-%y")
    month = (day.dt.year - 2009) * 12 + day.dt.month - 1
    return frame.drop(columns=["date", "ISE_TL", "ISE_USD"]), frame["ISE_USD"] > 0, month


def _occupancy(name: str):
    frame = _read(name)
    return frame.drop(columns=["Id", "date", "Occupancy"]), frame["Occupancy"], frame["date"].str[:10]


def _traffic(name: str):
    frame = _read(name, sep=";")
    day = pd.Series(np.arange(len(frame)) // 27)  # half hours from 7:00 to 20:00
    slowness = frame["Slowness in traffic (%)"]
    return frame.drop(columns=slowness.name), _in_classes(slowness, 3), day


def _generated(name: str):
    frame = _read(name)
    return frame.drop(columns=["Label", "Domain"]), frame["Label"].astype(int), frame["Domain"].astype(int)


#: Table: what reads it, into features, target and domains; all are ordered.
DRIFT: dict[str, Callable] = {
    "drift/absenteeism_at_work": _absenteeism,
    "drift/cleveland_heart_disease": _heart,
    "drift/diabetes_questionaire": _diabetes,
    "drift/elec2": _electricity,
    "drift/housing_ames": _housing,
    "drift/istanbul_stock_exchange": _stocks,
    "drift/occupancy_detection": _occupancy,
    "drift/urban_traffic_sao_paulo": _traffic,
    "drift/hyperplane": _generated,
    "drift/randomrbf_drift": _generated,
}
DATASETS = (*DRIFT, *PACKAGED)
