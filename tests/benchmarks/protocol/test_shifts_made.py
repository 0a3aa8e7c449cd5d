"""The shifts made from a table have what their names say."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.protocol.shifts import ShiftError
from benchmarks.protocol.shifts_made import MADE, ODDS, CategoryShift, ClusterShift, LabelShift, TailShift, encoded
from benchmarks.protocol.tables import TARGET


def table(n=1200, **columns):
    rng = np.random.default_rng(0)
    columns = columns or {"x": rng.standard_normal(n), "z": rng.exponential(size=n)}
    return pd.DataFrame({**columns, TARGET: pd.Categorical(rng.choice(["no", "yes"], n, p=[0.7, 0.3]))})


def inside(drawn):
    return pd.concat([drawn.train, drawn.validation, drawn.test])


def test_a_tail_lies_outside_all_that_was_seen_and_holds_a_quarter():
    frame, found = table(), set()
    for choice in range(4):
        drawn = TailShift(choice=choice).draw(frame)
        name, sign, _ = drawn.held_out.split()
        found.add((name, sign))
        seen, tail = inside(drawn)[name], drawn.shifted[name]
        assert tail.min() > seen.max() if sign == ">" else tail.max() < seen.min()
        assert len(drawn.shifted) == 300 and len(inside(drawn)) == 900
    assert found == {(name, sign) for name in "xz" for sign in "<>"}


def test_a_number_that_is_missing_is_in_no_tail():
    frame = table()
    frame.loc[::3, ["x", "z"]] = np.nan
    drawn = TailShift().draw(frame)
    assert drawn.shifted[drawn.held_out.split()[0]].notna().all() and inside(drawn)["x"].isna().any()


def test_a_held_out_category_is_in_the_second_test_only():
    rng = np.random.default_rng(1)
    frame = table(colour=pd.Categorical(rng.choice(["red", "green", "blue"], 1200)), doors=rng.integers(2, 6, 1200))
    found = set()
    for choice in range(7):
        drawn = CategoryShift(choice=choice).draw(frame)
        name, _, level = drawn.held_out.split()
        found.add(drawn.held_out)
        assert set(drawn.shifted[name].astype(str)) == {level} and level not in set(inside(drawn)[name].astype(str))
    assert len(found) == 7


def test_a_held_out_cluster_is_one_of_the_groups_that_the_features_form():
    rng = np.random.default_rng(2)
    group = rng.integers(0, 4, 1200)
    centres = np.array([[0, 0], [9, 0], [0, 9], [9, 9]])
    points = centres[group] + rng.standard_normal((1200, 2))
    drawn = ClusterShift().draw(table(x=points[:, 0], z=points[:, 1]))
    of = [{(x > 4.5, z > 4.5) for x, z in part[["x", "z"]].to_numpy()} for part in (drawn.shifted, inside(drawn))]
    assert len(of[0]) == 1 and len(of[1]) == 3 and not of[0] & of[1]


def test_label_shift_changes_the_class_shares_as_told_and_no_distribution_within_a_class():
    from scipy.stats import ks_2samp

    rng = np.random.default_rng(3)
    y = rng.random(9000) < 0.3
    frame = pd.DataFrame({"x": rng.standard_normal(9000) + 2 * y, TARGET: pd.Categorical(np.where(y, "yes", "no"))})
    for choice, raised in enumerate(["yes", "no"]):  # the rarer one first
        drawn = LabelShift(choice=choice, test_rows=9000).draw(frame)
        odds = [
            (part[TARGET] == raised).mean() / (part[TARGET] != raised).mean() for part in (drawn.test, drawn.shifted)
        ]
        np.testing.assert_allclose(odds[1] / odds[0], ODDS, rtol=0.02)
        assert ks_2samp(drawn.test["x"], drawn.shifted["x"]).pvalue < 1e-6, "all classes together do differ"
        for level in ("no", "yes"):
            within = (part.loc[part[TARGET] == level, "x"] for part in (drawn.test, drawn.shifted))
            assert ks_2samp(*within).pvalue > 0.01


@pytest.mark.parametrize(
    ("kind", "frame", "why"),
    [
        (TailShift, table(colour=pd.Categorical(["red", "blue"] * 600)), "admits 0 choices .* no column is fit"),
        (TailShift, table(x=np.repeat(np.arange(21.0), [1180] + [1] * 20)), "would hold out 0% of the rows"),
        (CategoryShift, table(), "admits 0 choices of CategoryShift, so choice=2 is none.*no column is fit"),
        (
            CategoryShift,
            table(a=pd.Categorical(["u"] * 960 + ["v"] * 240)),
            "admits 1 choices of CategoryShift.* 2 were tried, the last to be refused: 'a = .' would hold out 80%",
        ),
        (LabelShift, table(), "has 2 classes, so it has no LabelShift of choice=2"),
    ],
)
def test_a_table_that_does_not_admit_a_shift_is_named_with_the_reason(kind, frame, why):
    with pytest.raises(ShiftError, match=f"^pima .*{why}"):
        kind(choice=2).draw(frame, "pima")


@pytest.mark.parametrize("kind", [TailShift, CategoryShift, ClusterShift])
def test_a_feature_that_is_the_class_itself_cannot_be_held_out(kind):
    y = np.arange(1200) % 2
    frame = pd.DataFrame({"x": y * 100.0 + np.arange(1200) / 1200, TARGET: pd.Categorical(y)})
    if kind is CategoryShift:  # three levels within each class
        frame["x"] = pd.Categorical([f"{of}{row // 2 % 3}" for row, of in enumerate(y)])
    with pytest.raises(ShiftError, match="rows of class"):
        kind().draw(frame)


def test_encoded_numbers_are_standardised_and_gaps_are_the_mean():
    points = encoded(pd.DataFrame({"x": [1.0, 3.0, np.nan], "c": pd.Categorical(["u", "v", "u"])}))
    np.testing.assert_allclose(points[:, 0], [-(0.5**0.5), 0.5**0.5, 0.0])
    np.testing.assert_array_equal(points[:, 1:], [[1, 0], [0, 1], [1, 0]])


def test_there_are_four_kinds():
    assert [kind().shift for kind in MADE] == ["tail", "category", "cluster", "label"]
