"""Pretrained weights: the bundled small checkpoint, and where others come from."""

from pathlib import Path

__all__ = ["MINI_FOLDER"]

#: The bundled classifier, in `Tab2D.save_pretrained`'s format; CARD.md says what it is.
MINI_FOLDER = Path(__file__).parent / "mini"
