"""Ensemble members: a model with its own view of columns and classes.

Member 0 sees the table as it is. Later ones see mirrored columns (Mitra ranks its inputs, so a
mirror is a new reading of ties and of order) and permuted classes or columns; their outputs are
mapped back before they are averaged.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autogluon_causalmix.incontext.episode import Episode
from autogluon_causalmix.incontext.learner import InContextModel, numpy_outputs
from autogluon_causalmix.incontext.prediction import EncodedSupport
from autogluon_causalmix.options import TuningOptions

if TYPE_CHECKING:
    import torch

__all__ = ["KEPT_BYTES", "Member", "View", "forget_all", "mean_output"]

#: An encoded support of at most so many bytes stays in memory between calls; a larger one is read anew.
KEPT_BYTES = 512 * 2**20
#: Members that keep one, of any model.
_KEEPING: weakref.WeakSet[Member] = weakref.WeakSet()


@dataclass(frozen=True)
class View:
    """Signs of the columns ``(f,)``, which are seen in which order ``(m,)``, new codes of classes ``(c,)`` or None."""

    signs: np.ndarray
    order: np.ndarray
    classes: np.ndarray | None

    @classmethod
    def draw(cls, k: int, n_features: int, n_classes: int, options: TuningOptions, rng: np.random.Generator) -> View:
        """Draw the view of member ``k``."""
        signs, order = np.ones(n_features, dtype=np.float32), np.arange(n_features)
        classes = np.arange(n_classes) if n_classes else None
        if k > 0:
            if options.random_mirror_x:
                signs = rng.choice(np.array([-1, 1], dtype=np.float32), n_features)
            if options.shuffle_features:
                order = rng.permutation(n_features)
            if options.shuffle_classes and n_classes:
                classes = rng.permutation(n_classes)
        return cls(signs, order, classes)

    def is_as(self, other: View) -> bool:
        """Whether both show the same."""
        pairs = ((self.signs, other.signs), (self.order, other.order), (self.classes, other.classes))
        return all(np.array_equal(a, b) for a, b in pairs)

    def seeing(self, columns: np.ndarray) -> View:
        """Return the view without all other columns."""
        return replace(self, order=self.order[np.isin(self.order, columns)])

    def features(self, x: np.ndarray) -> np.ndarray:
        """Features as the member sees them."""
        return (x * self.signs)[:, self.order]

    def targets(self, y: np.ndarray) -> np.ndarray:
        """Targets as the member counts them."""
        return y if self.classes is None else self.classes[y]

    def probabilities(self, probabilities: np.ndarray) -> np.ndarray:
        """Reorder everybody's class columns to the member's."""
        return probabilities if self.classes is None else probabilities[:, np.argsort(self.classes)]

    def episode(self, episode: Episode) -> Episode:
        """An episode as the member sees it; its query's targets are codes, numbers or probabilities."""
        asked = self.probabilities if episode.y_query.ndim == 2 else self.targets
        return replace(
            episode,
            x_support=self.features(episode.x_support),
            y_support=self.targets(episode.y_support),
            x_query=self.features(episode.x_query),
            y_query=asked(episode.y_query),
        )

    def targets_back(self, y: np.ndarray) -> np.ndarray:
        """Undo `targets`."""
        return y if self.classes is None else np.argsort(self.classes)[y]

    def probabilities_back(self, probabilities: np.ndarray) -> np.ndarray:
        """Reorder a member's class columns to everybody's."""
        return probabilities if self.classes is None else probabilities[:, self.classes]


def mean_output(views: Sequence[View], outputs: Iterable[torch.Tensor], n_classes: int) -> np.ndarray:
    """Mean over the views of what the model puts out in each, in everybody's order of classes."""
    everybodys = [
        view.probabilities_back(numpy_outputs(one, n_classes)) for view, one in zip(views, outputs, strict=True)
    ]
    return everybodys[0] if len(everybodys) == 1 else np.mean(everybodys, axis=0)


def forget_all() -> None:
    """Free the encoded supports of all members of all models of this process."""
    for member in list(_KEEPING):
        member.forget()


class Member:
    """A fine-tuned model and the views it predicts in; pickles as weights, not as a module.

    After the first prediction it keeps the encoded support of every view, up to `KEPT_BYTES` together,
    until it is moved or pickled, or predicts from another support.
    """

    def __init__(self, learner: InContextModel, views: Sequence[View], config: dict) -> None:
        self.learner, self.views, self._config = learner, tuple(views), config
        self._kept: tuple[np.ndarray, list[EncodedSupport]] | None = None

    def predict(self, x_support: np.ndarray, y_support: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Probabilities ``(n, n_classes)`` or scaled targets ``(n,)`` of encoded rows, mean over the views."""
        if not len(x):
            return np.zeros((0, self.learner.n_classes) if self.learner.n_classes else 0)
        return mean_output(self.views, self._outputs(x_support, y_support, x), self.learner.n_classes)

    def _outputs(self, x_support: np.ndarray, y_support: np.ndarray, x: np.ndarray) -> Iterator[torch.Tensor]:
        """Outputs in each view; of supports that are not kept, one is alive at a time."""
        encoded = self._encoded(x_support, y_support)
        for view in self.views:  # zip would hold the last one while the next is read
            one = next(encoded)
            outputs = self.learner.predict(one, view.features(x))
            del one
            yield outputs
        encoded.close()

    def _encoded(self, x_support: np.ndarray, y_support: np.ndarray) -> Iterator[EncodedSupport]:
        """The support as this member reads it in each view; known by the array that holds its features."""
        if self._kept is not None and self._kept[0] is x_support:
            yield from self._kept[1]
            return
        self._kept, encoded, weights = None, [], None
        for view in self.views:
            one = self.learner.encode(view.features(x_support), view.targets(y_support), weights)
            weights = one.weights
            fits = encoded is not None and sum(other.n_bytes for other in encoded) + one.n_bytes <= KEPT_BYTES
            encoded = [*encoded, one] if fits else None
            if fits and len(encoded) == len(self.views):
                self._kept = x_support, encoded
                _KEEPING.add(self)
            yield one
            del one

    def forget(self) -> None:
        """Free the encoded support."""
        self._kept = None
        _KEEPING.discard(self)

    def to(self, device: str) -> None:
        """Move the weights."""
        self.forget()
        self.learner.model.to(device)
        self.learner.device = device

    def __getstate__(self) -> dict[str, Any]:
        weights = {name: value.detach().to("cpu", copy=True) for name, value in self.learner.model.state_dict().items()}
        learner = self.learner
        rest = {"n_classes": learner.n_classes, "precision": learner.precision}
        return {"weights": weights, "config": self._config, "views": self.views, "learner": rest}

    def __setstate__(self, state: dict[str, Any]) -> None:
        from autogluon_causalmix.incontext.mitra import new_tab2d

        config = state["config"]
        model = new_tab2d(
            config["dim"],
            config["n_layers"],
            config["n_heads"],
            regression=str(config["task"]).lower().endswith("regression"),
            n_classes=config["dim_output"],
        )
        model.load_state_dict(state["weights"])
        model.eval()
        rest = state["learner"]
        self.learner = InContextModel(model, rest["n_classes"], "cpu", rest["precision"])
        self.views, self._config, self._kept = state["views"], config, None
