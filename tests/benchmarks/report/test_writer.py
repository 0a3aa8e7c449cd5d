"""Rows go through the file unchanged, and the same rows give the same bytes."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from benchmarks.report.writer import read_rows, save_figure, write_markdown, write_rows

ROWS = pd.DataFrame(
    {
        "label": ["None", "1"],
        "auc": [0.1 + 0.2, None],
        "steps": [[0.5, 0.25], None],
        "machine": [{"gpu": None, "cores": 2}] * 2,
    }
)


def test_rows_are_read_as_they_were_written(tmp_path):
    write_rows(ROWS, tmp_path)
    read = read_rows(tmp_path)
    assert read["auc"][0] == 0.1 + 0.2 and pd.isna(read["auc"][1])
    assert read["steps"][0] == [0.5, 0.25] and pd.isna(read["steps"][1])
    assert read["machine"][1] == {"gpu": None, "cores": 2}


def test_the_text_none_is_a_label_and_no_gap(tmp_path):
    write_rows(ROWS, tmp_path)
    assert list(read_rows(tmp_path)["label"].astype(str)) == ["None", "1"]


def test_the_same_rows_give_the_same_bytes(tmp_path):
    first, second = (write_rows(ROWS, tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second
    texts = [write_markdown(tmp_path / f"{k}.md", "# title", ROWS[["auc"]]) for k in range(2)]
    assert texts[0] == texts[1] == (tmp_path / "1.md").read_text() and "|   auc |" in texts[0]
    pictures = []
    for name in ("a.png", "b.png"):
        figure = Figure()
        figure.subplots().plot([1, 3, 2])
        save_figure(figure, tmp_path / name)
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1] and b"Software" not in pictures[0]


def test_rows_that_were_never_gathered_are_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="a study's own command measures and gathers"):
        read_rows(tmp_path)
