"""An axis of the caller's is used; a new one is pyplot's only if it is to be looked at."""

from matplotlib import pyplot
from matplotlib.figure import Figure

from autogluon_causalmix.pictures.canvas import axis, save


def test_an_axis_that_is_given_is_used():
    ax = Figure().add_subplot()
    assert axis(ax, None, 3, 2) is ax and axis(ax, "picture.png", 3, 2) is ax


def test_only_what_is_not_saved_is_pyplots(tmp_path):
    before = pyplot.get_fignums()
    saved = save(axis(None, tmp_path / "new" / "picture.png", 3, 2), tmp_path / "new" / "picture.png")
    assert pyplot.get_fignums() == before and (tmp_path / "new" / "picture.png").stat().st_size > 500
    assert saved.figure.get_size_inches().tolist() == [3, 2]
    looked_at = axis(None, None, 3, 2)
    assert set(pyplot.get_fignums()) - set(before) == {looked_at.figure.number}
    pyplot.close(looked_at.figure)


def test_an_axis_in_a_part_of_a_figure_is_saved_with_all_of_it(tmp_path):
    part, _ = Figure(figsize=(4, 2)).subfigures(1, 2)
    save(part.add_subplot(), tmp_path / "whole.png")
    head = (tmp_path / "whole.png").read_bytes()
    assert [int.from_bytes(head[at : at + 4]) for at in (16, 20)] == [600, 300], "pixels of the whole"
