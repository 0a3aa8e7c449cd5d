"""CTGAN (Xu et al. 2019, arXiv 1907.00503) through the package ``ctgan``, an optional extra.

Licence: ``ctgan`` and the ``rdt`` it stands on are BUSL-1.1, which is source-available and not open
source; they are installed only by who asks for the extra ``ctgan``.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from autogluon_causalmix.checks import check_number
from autogluon_causalmix.errors import OptionError
from autogluon_causalmix.generators.matrices import Completed
from autogluon_causalmix.table import TypedTable

__all__ = ["CTGANGenerator"]

#: Fewer epochs are not worth their rows.
LEAST_EPOCHS = 20
#: Rows that the package's discriminator sees at once.
PACKED = 10


class _TimeIsUp(Exception):
    """Ends a training at its deadline."""


@dataclass
class CTGANGenerator:
    """Conditional GAN; missing values are flags and categories of their own (`matrices.Completed`).

    Parameters
    ----------
    epochs, batch_size
        As in the package. Its epoch has one step where the table has fewer rows than a batch.
    seed
        Seed of the training.
    seconds
        Time for `fit`: fewer epochs when it is short. What the package does before its first epoch, a mixture
        for each number, is not cut short.
    """

    epochs: int = 300
    batch_size: int = 500
    seed: int = 0
    seconds: float | None = None

    def __post_init__(self) -> None:
        check_number("epochs", self.epochs, 1, whole=True)
        check_number("batch_size", self.batch_size, PACKED, whole=True)
        if self.batch_size % PACKED:
            raise OptionError(f"batch_size={self.batch_size!r} must be a multiple of {PACKED}, as the package wants it")

    def fit(self, table: TypedTable) -> CTGANGenerator:
        """Train the GAN.

        Raises
        ------
        TimeoutError
            If ``seconds`` is too short for `LEAST_EPOCHS`.
        """
        began = time.monotonic()
        self._coding, self._columns = Completed(table), table.columns
        whole = self._coding.matrix(table.values)
        self._first = whole[:1]
        self._varies = np.flatnonzero((whole != whole[:1]).any(axis=0))
        frame = pd.DataFrame(whole[:, self._varies], columns=[f"c{j}" for j in self._varies])
        categories = [f"c{j}" for j in self._varies if self._coding.is_category[j]]
        frame[categories] = frame[categories].astype(int).astype(str)
        until = None if self.seconds is None else began + self.seconds
        self._model = self._train(frame, categories, until)
        self.epochs_run = len(self._model.loss_values)
        if self.epochs_run < min(self.epochs, LEAST_EPOCHS):
            raise TimeoutError(f"{self.seconds:.1f} s are too short for {LEAST_EPOCHS} epochs of CTGAN")
        return self

    def _train(self, frame: pd.DataFrame, categories: list[str], until: float | None):
        from ctgan import CTGAN

        model = CTGAN(epochs=self.epochs, batch_size=self.batch_size, enable_gpu=False)
        model.set_random_state(self.seed)  # its own streams; NumPy's and torch's come back as they were
        # The package has no deadline. This method runs in every step: what it interrupts is left as
        # trained so far. The class itself is not touched, nor the object once it is fitted.
        activate = model._apply_activate

        def watched(data):
            if until is not None and time.monotonic() > until:
                raise _TimeIsUp
            return activate(data)

        model._apply_activate = watched
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(frame, categories)
        except _TimeIsUp:
            pass
        finally:
            del model._apply_activate
        return model

    def sample(self, n: int, rng: np.random.Generator) -> TypedTable:
        """Draw ``n`` rows."""
        whole = np.repeat(self._first, n, axis=0)
        if n:
            self._model.set_random_state(int(rng.integers(2**31)))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                whole[:, self._varies] = self._model.sample(n).to_numpy(dtype=np.float64)
        return TypedTable(self._columns, self._coding.values(whole))
