"""Whole domains are held out: late ones where there is an order, groups of them where there is none."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.protocol.domain_tables import DOMAIN
from benchmarks.protocol.shifts import ShiftError
from benchmarks.protocol.shifts_natural import DomainShift
from benchmarks.protocol.tables import TARGET


def table(ordered, weights=(1, 1, 1, 1, 1, 1), n=1200):
    rng = np.random.default_rng(0)
    of = rng.choice(len(weights), n, p=np.array(weights) / sum(weights))
    columns = {"x": of.astype(float), DOMAIN: pd.Categorical(of, ordered=ordered)}
    return pd.DataFrame({**columns, TARGET: pd.Categorical(rng.choice(["no", "yes"], n))})


def seen(drawn):
    return set(pd.concat([drawn.train, drawn.validation, drawn.test])["x"])


def test_late_domains_are_held_out_and_each_choice_holds_out_more():
    held_out = []
    for choice in range(3):
        drawn = DomainShift(choice=choice).draw(table(ordered=True))
        assert max(seen(drawn)) < drawn.shifted["x"].min()
        assert seen(drawn) | set(drawn.shifted["x"]) == set(range(6)), "all domains are on one side or the other"
        held_out.append(sorted(set(drawn.shifted["x"])))
    assert held_out == [[5], [4, 5], [3, 4, 5]]


def test_domains_without_an_order_are_held_out_once_each_in_three_groups_of_equal_size():
    frame = table(ordered=False, weights=(9, 1, 5, 4, 3, 7))
    groups = []
    for choice in range(3):
        drawn = DomainShift(choice=choice).draw(frame)
        groups.append(set(drawn.shifted["x"]))
        assert not seen(drawn) & groups[-1]
        assert 0.25 < len(drawn.shifted) / len(frame) < 0.42
    assert sum(map(len, groups)) == 6 and set().union(*groups) == set(range(6))


def test_the_domain_is_no_feature_but_the_second_tests_rows_have_theirs():
    drawn = DomainShift(choice=2).draw(table(ordered=True))
    assert list(drawn.train) == ["x", TARGET]
    assert list(drawn.domains) == [str(int(x)) for x in drawn.shifted["x"]]


def test_too_few_domains_or_none_are_refused_by_name():
    with pytest.raises(ShiftError, match=r"^wages has 2 domains and so 1 choices of them; choice=1 is none"):
        DomainShift(choice=1).draw(table(True, (1, 1)), "wages")
    with pytest.raises(ShiftError, match=r"^wages has 1 domains and so 0 choices"):
        DomainShift().draw(table(False, (1,)), "wages")
    with pytest.raises(ShiftError, match=r"^wages has no column 'domain'"):
        DomainShift().draw(table(True).drop(columns=DOMAIN), "wages")
