"""Which weights a fit begins with, and how they compute."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autogluon_causalmix.checks import check_choice
from autogluon_causalmix.errors import OptionError

__all__ = ["PRECISIONS", "WeightsOptions"]

PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class WeightsOptions:
    """Which weights a fit begins with, and how they compute.

    Attributes
    ----------
    hf_model : str or path, default None
        Checkpoint: "mini" (bundled, one for classes and one for numbers), a local folder, or a hub
        id. None takes the official weights, or "mini" where these are not available.
    hf_cls_model, hf_reg_model : str or path, default None
        Checkpoint for classes, and for numbers: wins over the two general names.
    hf_general_model : str or path, default None
        Wins over ``hf_model``.
    device : {"cpu", "cuda", "cuda:<number>"}, default None
        None takes what AutoGluon allots.
    precision : {"auto", "float32", "bfloat16"}, default "auto"
        Compute dtype. "auto": products in bfloat16 where the hardware has it, in steps and in predictions; what is
        carried from layer to layer is float32.

    Raises
    ------
    OptionError
        For a value that is impossible.

    Examples
    --------
    >>> weights = WeightsOptions(hf_model="mini", hf_reg_model="folder/of/a/regressor")
    >>> weights.checkpoint_name("binary"), weights.checkpoint_name("regression")
    ('mini', 'folder/of/a/regressor')
    """

    hf_model: str | None = None
    hf_cls_model: str | None = None
    hf_reg_model: str | None = None
    hf_general_model: str | None = None
    device: str | None = None
    precision: str = "auto"

    def __post_init__(self) -> None:
        for name in ("hf_model", "hf_cls_model", "hf_reg_model", "hf_general_model", "device"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str) and not hasattr(value, "__fspath__"):
                raise OptionError(f"{name}={value!r} must be a string or None, found {type(value).__name__}")
        if self.device is not None and not re.fullmatch(r"cpu|cuda(:\d+)?", str(self.device)):
            raise OptionError(f"device={self.device!r} must be 'cpu', 'cuda', 'cuda:<number>' or None")
        check_choice("precision", self.precision, PRECISIONS)

    def checkpoint_name(self, problem_type: str) -> str | None:
        """Name of the checkpoint for this problem type, None if none was given."""
        specific = self.hf_reg_model if problem_type == "regression" else self.hf_cls_model
        name = next((n for n in (specific, self.hf_general_model, self.hf_model) if n is not None), None)
        return None if name is None else str(name)
