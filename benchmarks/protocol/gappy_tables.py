"""Tables of classes with missing numbers: 24 real ones, and eight whose gaps were made by a rule.

The real ones are in the wheel that ``python -m benchmarks.protocol.regression_tables`` fetches, the others
are made of tables that ``python -m benchmarks.protocol.tables`` fetches. The list was fixed before any model
was scored on it: tables with at least two numeric columns of which more than 2 % are missing, and a column
of classes that a user could want to predict. Left out are identifiers, second forms of the target, columns
that are computed from it or known only after it, and rows without a target. Kept aside for checking claims,
and not used: AER/HealthInsurance, carData/Chile, survival/pbc, carData/TitanicSurvival.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.protocol import regression_tables, tables
from benchmarks.protocol.tables import TARGET

__all__ = ["DATASETS", "REAL", "RULES", "is_real", "load"]

#: "table:target", then the columns left out.
REAL = {
    "AER/STAR:lunch3": "lunchk lunch1 lunch2 schoolidk schoolid1 schoolid2 schoolid3",
    "openintro/gss2010:grass": "",
    "openintro/acs12:disability": "",
    "Stat2Data/Hawks:Age": "CaptureTime ReleaseTime BandNumber",
    "survival/myeloid:death": "id futime",
    "Stat2Data/MathPlacement:CourseSuccess": "Student Grade",
    "Stat2Data/Goldenrod:Fly04": "Fate04",
    "sandwich/InstInnovation:sp500": "company",
    "wooldridge/happiness:vhappy": "happy y94 y96 y98 y00 y02 y04 y06",
    "wooldridge/fertil2:usemeth": "",
    "survival/nafld1:status": "id case.id futime",
    "Ecdat/RetSchool:col4": "",
    "mosaicData/HELPrct:homeless": "id",
    "stevedata/gss_wages:gender": "",
    "MASS/Pima.tr2:type": "",
    "openintro/cpu:company": "name codename socket released",
    "mi/CHAIN:mental": "",
    "causaldata/nhefs:death": "seqn id yrdth modth dadth censored wt82 wt82_71 smkintensity82_71",
    "stevedata/gss_abortion:abany": "id",
    "stevedata/anes_partytherms:govt_biginterests": "uid",
    "wooldridge/jtrain:union": "fcode",
    "openintro/loans_full_schema:homeownership": "emp_title sub_grade",
    "mi/nlsyV:b.marr": "",
    "carData/SLID:sex": "",
}
#: Missing completely at random, and missing because of the number itself.
RULES = ("MCAR", "MNAR")
#: Tables without a gap, numbers only, that gaps are made in.
COMPLETE = ("pima", "wdbc", "phoneme", "magic")
DATASETS = (*REAL, *(f"{table}:{rule}" for table in COMPLETE for rule in RULES))

#: Share of a column's cells that a rule takes away, and seed of which columns and cells these are.
SHARE, SEED = 0.3, 0


def is_real(name: str) -> bool:
    """Whether the table's gaps are its own."""
    return name in REAL


def load(name: str) -> pd.DataFrame:
    """Return a table: text columns as categories, the target called `tables.TARGET` as a category.

    `wheels.WheelError` says which command fetches the tables.
    """
    table, _, target = name.partition(":")
    if not is_real(name):
        return with_gaps(tables.load(table), target)
    frame = regression_tables.packaged(table).drop(columns=REAL[name].split())
    frame = frame.dropna(subset=target).reset_index(drop=True)
    features = regression_tables.typed_features(frame.drop(columns=target))
    return pd.DataFrame({**features, TARGET: frame[target].astype("category")})


def with_gaps(frame: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Blank cells of half of the numeric columns, as many in each.

    MCAR blanks `SHARE` of the cells, whatever they hold; MNAR only cells above the column's median, twice
    the share of these, as where high incomes are not told.
    """
    rng = np.random.default_rng(SEED)
    numbers = [name for name in frame.columns.drop(TARGET) if pd.api.types.is_numeric_dtype(frame[name])]
    frame = frame.copy()
    for name in rng.choice(numbers, size=(len(numbers) + 1) // 2, replace=False):
        values = frame[name].astype(float)
        chance = SHARE if rule == "MCAR" else np.where(values > values.median(), 2 * SHARE, 0.0)
        frame[name] = values.mask(rng.random(len(values)) < chance)
    return frame
