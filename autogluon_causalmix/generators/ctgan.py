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

from autogluon_causalmix.generators.coding import Completed
from autogluon_causalmix.table import TypedTable

__all__ = ["CTGANGenerator"]

#: Epochs of the trial that says how long one takes, and the fewest that are worth a fit.
TRIAL_EPOCHS, LEAST_EPOCHS = 5, 20


@dataclass
class CTGANGenerator:
    """Conditional GAN; gaps are flags and classes of their own (`coding.Completed`).

    Parameters
    ----------
    epochs, batch_size
        As in the package. Its epoch has one step where the table has fewer rows than a batch.
    seed
        Seed of the training.
    seconds
        Time for `fit`: fewer epochs when it is short.
    """

    epochs: int = 300
    batch_size: int = 500
    seed: int = 0
    seconds: float | None = None

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
        classes = [f"c{j}" for j in self._varies if self._coding.is_class[j]]
        frame[classes] = frame[classes].astype(int).astype(str)
        epochs = self.epochs
        if self.seconds is not None:
            start = [time.monotonic(), self._train(frame, classes, 1), time.monotonic()]
            self._train(frame, classes, 1 + TRIAL_EPOCHS)
            set_up = start[2] - start[0]
            epoch = max(1e-4, (time.monotonic() - start[2] - set_up) / TRIAL_EPOCHS)
            epochs = min(epochs, int((self.seconds - (time.monotonic() - began) - set_up) / epoch))
            if epochs < min(self.epochs, LEAST_EPOCHS):
                raise TimeoutError(f"{self.seconds:.1f} s are too short for {LEAST_EPOCHS} epochs of CTGAN")
        self._model = self._train(frame, classes, epochs)
        self.epochs_run = epochs
        return self

    def _train(self, frame: pd.DataFrame, classes: list[str], epochs: int):
        from ctgan import CTGAN

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = CTGAN(epochs=epochs, batch_size=self.batch_size, enable_gpu=False)
            model.set_random_state(self.seed)  # its own streams; NumPy's and torch's come back as they were
            model.fit(frame, classes)
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
