"""NumPy's global random state, lent to libraries that know no other and given back."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import numpy as np

__all__ = ["numpy_seeded"]

#: There is one global state: two threads in the block would draw from each other's.
_state_in_use = threading.RLock()


@contextlib.contextmanager
def numpy_seeded(seed: int) -> Iterator[None]:
    """Seed NumPy's global state inside the block, for one thread at a time; afterwards it is as it was before."""
    with _state_in_use:
        state = np.random.get_state()
        np.random.seed(seed)
        try:
            yield
        finally:
            np.random.set_state(state)
