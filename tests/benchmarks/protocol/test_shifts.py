"""What every split under shift promises, whatever its kind; and the control without a shift."""

from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.grid.cell import Cell
from benchmarks.protocol import domain_tables, tables
from benchmarks.protocol.domain_tables import DOMAIN
from benchmarks.protocol.shifts import NoShift, Shift, ShiftError, Sides
from benchmarks.protocol.shifts_made import MADE
from benchmarks.protocol.shifts_natural import DomainShift
from benchmarks.protocol.tables import TARGET

KINDS = (NoShift, DomainShift, *MADE)


def table(n=900):
    """Three classes, one of them rare; a column that numbers the rows, so that parts can be told apart."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "row": np.arange(n),
            "x": rng.standard_normal(n),
            "colour": pd.Categorical(rng.choice(["red", "green", "blue", "grey"], n)),
            DOMAIN: pd.Categorical(rng.choice(list("pqrs"), n)),
            TARGET: pd.Categorical(rng.choice(["a", "b", "rare"], n, p=[0.5, 0.4, 0.1]), ["a", "b", "rare", "never"]),
        }
    )


def parts_of(drawn):
    return [drawn.train, drawn.validation, drawn.test, drawn.shifted]


@pytest.mark.parametrize("kind", KINDS)
def test_no_row_is_in_two_parts_and_each_part_has_the_same_columns_and_every_class(kind):
    drawn = kind(rows=100, test_rows=150).draw(table())
    parts = parts_of(drawn)
    assert [len(part) for part in parts[:3]] == [80, 20, 150] and 20 <= len(drawn.shifted) <= 150
    assert pd.concat(parts)["row"].is_unique
    for part in parts:
        assert part.dtypes.equals(drawn.train.dtypes) and list(part.index) == list(range(len(part)))
        assert list(part[TARGET].cat.categories) == ["a", "b", "rare"] and part[TARGET].nunique() == 3
    assert len(drawn.domains) == len(drawn.shifted) and drawn.domains.notna().all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_split_is_the_same_each_time_and_another_fold_draws_other_rows(kind):
    first, again = (kind(rows=100, fold=3, choice=1).draw(table()) for _ in range(2))
    other = kind(rows=100, fold=4, choice=1).draw(table())
    for one, same, different in zip(parts_of(first), parts_of(again), parts_of(other), strict=True):
        pd.testing.assert_frame_equal(one, same)
        assert not one["row"].equals(different["row"])
    if kind is not NoShift:
        assert first.held_out == other.held_out == again.held_out, "what is held out is the choice's, not the fold's"


@pytest.mark.parametrize("kind", [k for k in KINDS if k is not NoShift])
def test_another_choice_holds_out_something_else(kind):
    held_out = {kind(choice=choice).draw(table()).held_out for choice in range(3)}
    assert len(held_out) == 3


def test_a_split_is_frozen_and_the_key_of_a_cell_depends_on_kind_and_on_every_field():
    def key(split):
        return Cell("", "m:f", "table", "content", split, {}, "1").key

    assert len({key(kind()) for kind in KINDS}) == len(KINDS)
    assert len({kind().shift for kind in KINDS}) == len(KINDS), "a table of results shows fields, not types"
    split = KINDS[1]()
    changed = {"rows": 99, "fold": 1, "validation": 0.5, "test_rows": 7, "choice": 1}
    assert {f.name for f in fields(split) if f.init} == set(changed)
    assert len({key(split), *(key(replace(split, **{name: value})) for name, value in changed.items())}) == 6
    with pytest.raises(FrozenInstanceError):
        split.rows = 1


def test_the_sides_decide_which_rows_are_where():
    class Odd(Shift):
        def sides(self, frame, table):
            return Sides.of_mask(frame["row"] % 2 == 1, "odd rows")

    drawn = Odd().draw(table())
    assert (drawn.shifted["row"] % 2 == 1).all()
    assert not any((part["row"] % 2).any() for part in parts_of(drawn)[:3])
    assert drawn.held_out == "odd rows" and set(drawn.domains) == {"odd rows"}


@pytest.mark.parametrize(
    ("outside", "why"),
    [
        (lambda f: f["row"] < 10, "its held-out side has 10 rows, and 20 are needed"),
        (lambda f: f["row"] >= 40, "its training side has 40 rows, and 50 are needed"),
        (lambda f: f[TARGET] == "rare", "its training side has 0 rows of class rare, and 10 are needed"),
        (
            lambda f: (f[TARGET] != "a") & (f["row"] % 2 == 1),
            "its held-out side has 0 rows of class a, and 4 are needed",
        ),
    ],
)
def test_sides_that_lack_rows_or_classes_are_refused_by_name_and_reason(outside, why):
    class Made(Shift):
        def sides(self, frame, table):
            return Sides.of_mask(outside(frame), "these")

    with pytest.raises(ShiftError, match=rf"^wine does not admit Made with 'these' held out: {why}$"):
        Made().draw(table(), "wine")


def test_a_table_of_one_class_is_refused_and_the_refusal_can_be_asked_for():
    one = table().assign(**{TARGET: pd.Categorical(["a"] * 900)})
    with pytest.raises(ShiftError, match="it has one class only") as raised:
        NoShift().draw(one, "wine")
    assert NoShift().refusal(one, "wine") == str(raised.value)
    assert NoShift().refusal(table(), "wine") is None


def test_every_kind_says_what_its_tables_are():
    for kind in KINDS:
        assert kind.task == "classification"
        assert kind.datasets == (domain_tables.DATASETS if kind is DomainShift else tuple(tables.DATASETS))


@pytest.mark.parametrize("bad", [{"validation": 0.0}, {"validation": 1.0}, {"choice": -1}])
def test_an_impossible_definition_is_refused(bad):
    (name,) = bad
    with pytest.raises(ValueError, match=f"^{name}="):
        NoShift(**bad)
