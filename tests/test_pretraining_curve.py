"""The learning curve is drawn from a run's log, or an error says what the file is."""

import json

import pytest

from autogluon_causalmix.errors import DataError
from autogluon_causalmix.pretraining.curve import main, plot_curve, read_log

LINES = [
    {"step": k, "tokens": 1_000_000 * k, "train_loss": 1 / k, "held_out_loss": 2 / k, "rate": 1 - k / 4}
    for k in (1, 2, 3)
]


def test_the_curve_shows_the_log(tmp_path):
    log, picture = tmp_path / "log.jsonl", tmp_path / "curve.png"
    log.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    axes, rate = plot_curve(read_log(log)).axes
    assert [list(line.get_xdata()) for line in axes.lines] == [[1, 2, 3]] * 2
    assert list(axes.lines[1].get_ydata()) == [2, 1, 2 / 3]
    assert list(rate.lines[0].get_ydata()) == [0.75, 0.5, 0.25]
    main([str(log), str(picture)])
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read"), ("", "no evaluation yet"), ("nonsense", "no log of a run")]
)
def test_what_is_no_log_is_named(tmp_path, content, message):
    log = tmp_path / "log.jsonl"
    if content is not None:
        log.write_text(content)
    with pytest.raises(DataError, match=message):
        read_log(log)
