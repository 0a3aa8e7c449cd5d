"""Pretrained weights: the bundled small checkpoints, and where others come from."""

from pathlib import Path

__all__ = ["MINI_FOLDER", "MINI_FOLDERS"]

#: The bundled checkpoints by task, in `Tab2D.save_pretrained`'s format; each CARD.md says what it is.
MINI_FOLDERS = {
    "classification": Path(__file__).parent / "mini",
    "regression": Path(__file__).parent / "mini_regressor",
}
MINI_FOLDER = MINI_FOLDERS["classification"]
