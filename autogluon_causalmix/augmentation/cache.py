"""Fitted generators that the models of one fold share: one fit for the same rows, options and seed.

One cache a process: folds that AutoGluon fits in parallel run in processes of their own, and each of these
fits its generators itself. Threads may use it together: who asks for what another is fitting waits for it.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autogluon_causalmix.generators.base import Description
from autogluon_causalmix.generators.catalogue import FitContext, maker_of
from autogluon_causalmix.synthesis.fitting import FittedGenerator
from autogluon_causalmix.table import TypedTable

__all__ = ["SHARED", "GeneratorCache", "SharedFit", "class_of", "fit_key"]

#: Bytes of pickled generators that a process keeps, the latest used: "scm" on 500 rows took 2 to 16 MB on
#: tables of 9 to 57 columns.
MAX_BYTES = 256_000_000
#: A generator that took less than this share of the seconds it was allowed was not cut short by them.
AT_EASE = 0.5


@dataclass
class SharedFit:
    """A fitted generator and what is found out about it.

    Attributes
    ----------
    description
        What the generator says of itself.
    figures
        Fidelity by the rows that it was measured on.
    made_by
        Class of the generator, which `fit_key` tells by its identity: as long as the fit is kept, no other has it.
    lock
        Held while anything draws from the generator or measures it.
    """

    fitted: FittedGenerator
    description: Description = field(default_factory=Description)
    figures: dict[str, Any] = field(default_factory=dict)
    made_by: type | None = None
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)


class GeneratorCache:
    """Fitted generators by key, the latest used of them, up to so many bytes.

    Attributes
    ----------
    hits, misses
        Requests that were spared a fit, and those that were not.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self.hits = self.misses = 0
        self._kept: OrderedDict[str, tuple[SharedFit, int]] = OrderedDict()
        self._lock = threading.Lock()
        self._busy: dict[str, tuple[threading.Lock, int]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def n_bytes(self) -> int:
        """Pickled size of what is kept."""
        return sum(size for _, size in self._kept.values())

    def clear(self) -> None:
        """Forget every generator."""
        with self._lock:
            self._kept.clear()

    def get(self, key: str, make: Callable[[], SharedFit], seconds: float | None = None) -> tuple[SharedFit, bool]:
        """Return the fit of this key, made now or before, and whether it was made before.

        Parameters
        ----------
        make
            Fits a generator; what it raises is raised here, and nothing is kept.
        seconds
            What ``make`` would be allowed: a fit that a shorter limit may have cut is made again.
        """
        with self._alone(key):
            with self._lock:
                known = self._kept.get(key)
                if known is not None and _serves(known[0], seconds):
                    self._kept.move_to_end(key)
                    self.hits += 1
                    return known[0], True
                self.misses += 1
            made = make()
            self._keep(key, made)
            return made, False

    def _keep(self, key: str, made: SharedFit) -> None:
        size = _pickled_bytes((made.fitted.generator, made.fitted.table))
        with self._lock:
            self._kept.pop(key, None)
            if size is None or size > self.max_bytes:
                return
            self._kept[key] = made, size
            while self.n_bytes > self.max_bytes:
                self._kept.popitem(last=False)

    @contextlib.contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """Only one thread at a time fits what belongs to a key."""
        with self._lock:
            lock, n = self._busy.get(key, (threading.Lock(), 0))
            self._busy[key] = lock, n + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, n = self._busy.pop(key)
                if n > 1:
                    self._busy[key] = lock, n - 1


#: The cache of this process.
SHARED = GeneratorCache()


def _serves(known: SharedFit, seconds: float | None) -> bool:
    fitted, allowed = known.fitted, known.fitted.allowed
    if allowed is None and known.description.remarks and seconds is not None:
        return False  # a generator may have a limit of its own where nobody sets one, and say so
    if allowed is None or fitted.seconds <= AT_EASE * allowed:
        return True
    return seconds is not None and seconds <= allowed


def fit_key(
    spec: Any, generator_options: Mapping[str, Any], context: FitContext, table: TypedTable, *more: Any
) -> str | None:
    """Digest of all that a generator's rows depend on but the time it has; None for what cannot be told.

    Parameters
    ----------
    more
        Plain values that count too.

    A class counts as itself, not by its name: one that was defined anew, as a notebook does, is another.
    """
    levels = [None if column.levels is None else column.levels.tolist() for column in table.columns]
    stated = (context.target, context.seed, context.discovery, context.knowledge, table.columns, levels, more)
    total = hashlib.sha256(repr(stated).encode())
    try:
        total.update(f"{id(class_of(spec))}".encode())
        total.update(_told(spec).encode() + _told(dict(generator_options)).encode())
    except Exception:  # whatever an object's own pickling raises: then nothing is shared
        return None
    total.update(np.ascontiguousarray(table.values).tobytes())
    return total.hexdigest()


def class_of(spec: Any) -> type:
    """Class of the generator that a name, a path, a class or an object stands for."""
    maker = maker_of(spec)
    return maker if isinstance(maker, type) else type(maker)


def _told(value: Any) -> str:
    """Text that is the same for equal plain values; of anything else its pickled bytes."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if isinstance(value, type):
        return f"{value.__module__}:{value.__qualname__}"
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{_told(k)}:{_told(v)}" for k, v in value.items())) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(_told(one) for one in value) + "]"
    return hashlib.sha256(pickle.dumps(value)).hexdigest()


class _Counter:
    """A file that keeps nothing but the number of bytes."""

    def __init__(self) -> None:
        self.n = 0

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self.n += size
        return size


def _pickled_bytes(value: Any) -> int | None:
    counter = _Counter()
    try:
        pickle.Pickler(counter, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    except Exception:  # whatever an object's own pickling raises: what cannot be weighed is not kept
        return None
    return counter.n
