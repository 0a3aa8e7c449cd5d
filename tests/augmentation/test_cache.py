"""One fit for the same rows, options and seed; nothing shared where anything differs."""

import dataclasses
import threading
import time

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.augmentation.cache import GeneratorCache, SharedFit, fit_key
from autogluon_causalmix.causal.discovery import DiscoveryOptions
from autogluon_causalmix.causal.knowledge import Knowledge
from autogluon_causalmix.generators.base import Description
from autogluon_causalmix.generators.catalogue import FitContext
from autogluon_causalmix.options import SynthesisOptions
from autogluon_causalmix.synthesis.fitting import FittedGenerator
from autogluon_causalmix.table import TypedTable

from ..conftest import OneClass, frame


def table(seed=0):
    return TypedTable.from_frame(frame(40, seed=seed), categorical=["y"])


def made(seconds=1.0, allowed=None, size=0):
    rows = table()
    generator = OneClass().fit(rows)
    generator.ballast = bytes(size)
    return SharedFit(FittedGenerator(generator, rows, seconds, SynthesisOptions(), FitContext("y", seconds=allowed)))


def test_the_second_request_is_spared_the_fit():
    cache = GeneratorCache()
    first, known = cache.get("a", made)
    again, known_again = cache.get("a", lambda: pytest.fail("fitted twice"))
    assert (known, known_again) == (False, True) and again is first
    assert (cache.hits, cache.misses, len(cache)) == (1, 1, 1)


def test_the_size_is_bounded_and_the_latest_used_stay():
    cache = GeneratorCache(max_bytes=250_000)
    for key in "ab":
        cache.get(key, lambda: made(size=100_000))
    cache.get("a", lambda: pytest.fail("a is kept"))
    cache.get("c", lambda: made(size=100_000))
    assert len(cache) == 2 and 200_000 < cache.n_bytes <= 250_000
    cache.get("a", lambda: pytest.fail("a was used after b"))
    assert not cache.get("b", lambda: made(size=100_000))[1]


def test_what_is_too_large_or_cannot_be_weighed_is_used_and_not_kept():
    cache = GeneratorCache(max_bytes=50_000)
    assert cache.get("large", lambda: made(size=100_000))[0] is not None
    fit = made()
    fit.fitted.generator.lock = threading.Lock()  # does not pickle
    assert cache.get("lock", lambda: fit)[0] is fit
    assert len(cache) == 0


def test_a_class_that_was_defined_anew_is_another():
    def defined():
        class Again(OneClass):
            pass

        return Again

    first, second = defined(), defined()
    context = FitContext("y", 0)
    keys = [fit_key(spec, {}, context, table()) for spec in (first, second, first, OneClass)]
    assert keys[0] == keys[2] and len(set(keys)) == 3


def test_a_fit_without_a_limit_that_was_cut_short_by_its_own_is_made_again_where_a_limit_is_set():
    cache, fit = GeneratorCache(), made(seconds=9.0)
    fit.description = Description(remarks=("the chains ended early",))
    cache.get("a", lambda: fit)
    assert cache.get("a", lambda: pytest.fail("no more time than before"))[1]
    assert not cache.get("a", lambda: made(seconds=3.0, allowed=12.0), seconds=12.0)[1]
    assert cache.get("a", lambda: pytest.fail("this one had its time"), seconds=12.0)[1]


def test_what_a_fit_raises_is_raised_and_forgotten():
    cache = GeneratorCache()

    def fails():
        raise RuntimeError("no rows")

    with pytest.raises(RuntimeError, match="no rows"):
        cache.get("a", fails)
    assert not cache.get("a", made)[1]


@pytest.mark.parametrize(
    ("seconds", "allowed", "now", "shared"),
    [
        (1.0, None, 5.0, True),  # it had all the time
        (1.0, 10.0, None, True),  # it ended well before its limit
        (9.0, 10.0, None, False),  # its limit may have cut it short
        (9.0, 10.0, 20.0, False),
        (9.0, 10.0, 8.0, True),  # as good as what could be had now
    ],
)
def test_a_fit_that_a_shorter_limit_may_have_cut_is_made_again(seconds, allowed, now, shared):
    cache = GeneratorCache()
    cache.get("a", lambda: made(seconds, allowed))
    assert cache.get("a", made, now)[1] is shared


def test_threads_that_ask_for_the_same_wait_for_one_fit():
    cache, fits, found = GeneratorCache(), [], []

    def slow():
        fits.append(threading.get_ident())
        time.sleep(0.2)
        return made()

    threads = [threading.Thread(target=lambda: found.append(cache.get("a", slow)[0])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fits) == 1 and len(found) == 4 and all(one is found[0] for one in found)
    assert not cache._busy


def key(spec="copula", options=None, context=None, rows=None):
    return fit_key(spec, options or {}, context or FitContext("y", 1), rows or table())


def test_equal_requests_have_one_key_and_all_that_matters_changes_it():
    base = FitContext("y", 1)
    changed = table().values.copy()
    changed[0, 0] += 1
    other_levels = frame(40)
    other_levels["e"] = other_levels["e"].cat.rename_categories({"u": "U"})
    keys = [
        key(),
        key("mixup"),
        key(OneClass),
        key(OneClass()),
        key(options={"alpha": 0.1}),
        key(options={"alpha": "0.1"}),
        key(options={"alpha": np.array([0.1])}),
        key(context=dataclasses.replace(base, seed=2)),
        key(context=dataclasses.replace(base, discovery=DiscoveryOptions(n_resamples=3))),
        key(context=dataclasses.replace(base, knowledge=Knowledge.of(roots=["a"]))),
        key(rows=table(seed=1)),
        key(rows=table().with_values(changed)),
        key(rows=TypedTable.from_frame(other_levels, categorical=["y"])),
    ]
    assert len(set(keys)) == len(keys) and None not in keys
    assert key(options={"a": 1, "b": [2, {"c": None}]}) == key(options={"b": [2, {"c": None}], "a": 1})
    assert key() == key(context=dataclasses.replace(base, seconds=3.0)), "time is no part of it"
    assert key(rows=table()) == key(rows=table())


def test_what_cannot_be_told_has_no_key():
    assert key(options={"lock": threading.Lock()}) is None


def test_long_lists_of_levels_count_in_full():
    many = pd.DataFrame({"x": [f"level {k}" for k in range(3000)], "y": [0, 1] * 1500})
    other = many.replace({"x": {"level 1500": "level 1500b"}})
    assert key(rows=TypedTable.from_frame(many)) != key(rows=TypedTable.from_frame(other))
