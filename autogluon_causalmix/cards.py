"""Which of several GPUs: AutoGluon knows the kind of a device alone, and asks the first card about its memory."""

from __future__ import annotations

__all__ = ["available_on", "same_card"]


def same_card(device: str, trained_on: str) -> str:
    """Return the card that a model was trained on, where ``device`` is its kind alone and the machine has that card."""
    card = _number(trained_on)
    if device != "cuda" or card is None:
        return device
    import torch

    return trained_on if card < torch.cuda.device_count() else device


def available_on(device: str) -> float | None:
    """Return the bytes that are available on the card that ``device`` names; None leaves the question to AutoGluon."""
    card = _number(device)
    if card is None:
        return None
    from autogluon.common.utils.resource_utils import ResourceManager

    return ResourceManager.get_available_vram(device=card)


def _number(device: str) -> int | None:
    kind, _, number = device.partition(":")
    return int(number) if kind == "cuda" and number.isdigit() else None
