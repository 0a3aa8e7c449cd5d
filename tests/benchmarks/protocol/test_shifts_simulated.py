"""Trained in the observed world, tested in another; what the size of the shift says of each."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.protocol import interventions
from benchmarks.protocol.domain_tables import DOMAIN
from benchmarks.protocol.interventions import DATASETS, OBSERVED, WORLDS
from benchmarks.protocol.shift_size import shift_size
from benchmarks.protocol.shifts import ShiftError
from benchmarks.protocol.shifts_simulated import SIMULATED, NothingShift, ParentShift, WorldsShift
from benchmarks.protocol.tables import TARGET


@pytest.fixture(scope="module")
def frame():
    return interventions.load("intervened-01")


@pytest.mark.parametrize("kind", SIMULATED)
def test_one_side_is_observed_the_other_is_the_world_of_the_kind(kind, frame):
    marked = frame.assign(row=np.arange(len(frame)))
    drawn = kind(rows=100, test_rows=5000).draw(marked)
    worlds = [set(marked[DOMAIN].iloc[part["row"]]) for part in (drawn.train, drawn.validation, drawn.test)]
    assert worlds == [{OBSERVED}] * 3 and set(marked[DOMAIN].iloc[drawn.shifted["row"]]) == {kind().shift}
    assert DOMAIN not in drawn.train and drawn.held_out == f"intervention on {kind().shift}"
    assert len(drawn.shifted) == interventions.WORLD_ROWS and set(drawn.domains) == {kind().shift}


def test_there_is_a_kind_for_every_world_and_every_table_admits_it():
    assert {kind().shift for kind in SIMULATED} == set(WORLDS)
    for name in DATASETS:
        table = interventions.load(name)
        assert [kind().refusal(table, name) for kind in SIMULATED] == [None] * 5
    assert all(kind.datasets == DATASETS for kind in SIMULATED)


def test_all_kinds_train_on_the_same_rows(frame):
    first, *others = (kind(rows=100, fold=2).draw(frame) for kind in SIMULATED)
    for other in others:
        pd.testing.assert_frame_equal(other.train, first.train)
        pd.testing.assert_frame_equal(other.test, first.test)


def test_all_worlds_at_once_are_tested_after_the_same_training(frame):
    drawn = WorldsShift(rows=100, fold=2).draw(frame)
    assert drawn.domains.value_counts().to_dict() == dict.fromkeys(WORLDS, interventions.WORLD_ROWS)
    for kind in SIMULATED:
        one = WorldsShift(rows=100, fold=2).one(kind().shift)
        assert type(one) is kind
        alone = one.draw(frame)
        pd.testing.assert_frame_equal(alone.train, drawn.train)
        pd.testing.assert_frame_equal(alone.validation, drawn.validation)
        both = (drawn.shifted[drawn.domains == one.shift], alone.shifted)
        a, b = (rows.sort_values(list(rows), ignore_index=True) for rows in both)
        pd.testing.assert_frame_equal(a, b)


def test_a_table_without_worlds_and_another_choice_are_refused(frame):
    plain = frame.drop(columns=DOMAIN)
    with pytest.raises(ShiftError, match=r"^wine has no rows of an observed world"):
        ParentShift().draw(plain, "wine")
    with pytest.raises(ShiftError, match="choice=1 is none"):
        ParentShift(choice=1).draw(frame, "wine")


@pytest.mark.slow
def test_an_intervention_is_told_from_none_and_strength_zero_is_not(frame):
    sizes = {kind: shift_size(kind().draw(frame), np.random.default_rng(0), draws=19) for kind in SIMULATED}
    assert sizes[NothingShift].is_control
    assert all(sizes[kind].features_differ for kind in SIMULATED[:3])


@pytest.mark.slow
def test_the_causes_effect_is_the_same_where_they_are_moved_and_another_where_the_mechanism_changes():
    """A model of the target given its causes alone: its loss is stable in the one world and not in the other."""
    from sklearn.ensemble import RandomForestClassifier

    losses = {"parents": [], "mechanism": []}
    for name in DATASETS[:8]:
        table = interventions.load(name)
        causes = interventions.roles(interventions.model_of(name).observed.graph)["parents"]
        x = table[causes].apply(lambda column: column.cat.codes if hasattr(column, "cat") else column)
        of, y = table[DOMAIN], table[TARGET].cat.codes
        model = RandomForestClassifier(100, min_samples_leaf=50, random_state=0).fit(
            x[of == OBSERVED], y[of == OBSERVED]
        )
        right = {world: model.score(x[of == world], y[of == world]) for world in ("nothing", *losses)}
        for world, differences in losses.items():
            differences.append(right["nothing"] - right[world])
    assert np.mean(losses["mechanism"]) > 0.1 > np.mean(losses["parents"])
