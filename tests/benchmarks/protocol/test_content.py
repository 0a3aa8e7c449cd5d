"""A table is known by its content."""

import pandas as pd
import pytest

from benchmarks.protocol import content
from benchmarks.protocol.content import digest

FRAME = pd.DataFrame({"x": [1.0, 2.0], "class": pd.Categorical(["a", "b"])})


def test_the_same_content_has_the_same_digest():
    assert digest(FRAME) == digest(FRAME.copy())


@pytest.mark.parametrize(
    "other",
    [
        FRAME.assign(x=[1.0, 2.5]),
        FRAME.assign(x=[1, 2]),
        FRAME.iloc[::-1],
        FRAME.rename(columns={"x": "z"}),
        FRAME[["class", "x"]],
        FRAME.assign(**{"class": pd.Categorical(["a", "b"], categories=["b", "a"])}),
        FRAME.assign(**{"class": FRAME["class"].cat.add_categories("c")}),
    ],
    ids=["value", "dtype", "order", "name", "columns", "category order", "category"],
)
def test_any_change_of_content_changes_the_digest(other):
    assert digest(other) != digest(FRAME)


def test_a_table_that_is_another_one_here_is_refused(monkeypatch):
    content._table.cache_clear()
    monkeypatch.setattr(content, "load", lambda name: FRAME)
    assert content.read("tiny", digest(FRAME)).equals(FRAME)
    with pytest.raises(ValueError, match=r"table 'tiny' has digest .* here, 0123 where the cell was made"):
        content.read("tiny", "0123")
    content._table.cache_clear()
