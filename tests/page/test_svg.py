"""Matplotlib's picture in the page's colours, with nothing that belongs to a document of its own."""

from xml.etree import ElementTree

from matplotlib import pyplot

from autogluon_causalmix.page.svg import COLOURS, picture
from autogluon_causalmix.pictures.curves import draw_curves

from ..findings.reports import folds

FOLDS = folds(validation_scores=[[1.0, 0.5, 0.7]], step_kept=[1], validation_name='log "loss" <b>')


def drawn(label="Learning curves"):
    return picture(draw_curves, FOLDS, label, 3.0, line="line", mark="mark")


def test_colours_are_the_pages():
    text = drawn()
    assert all(f"var(--{role})" in text for role in COLOURS)
    assert not [one for one in ("#000000", "#ffffff", "#1f77b4", *COLOURS.values()) if one in text]


def test_it_is_one_element_that_scales_and_says_what_it_is():
    label = r'Curves of "a\1b" & <b>'
    root = ElementTree.fromstring(drawn(label))
    assert root.tag.endswith("svg") and root.get("aria-label") == label
    assert root.get("viewBox") and root.get("width") is None and root.get("height") is None
    words = "".join(root.itertext())
    assert "kept step" in words and 'log "loss" <b>' in words, "letters, not outlines"
    assert not [one for one in root.iter() if one.tag.endswith(("style", "metadata", "script", "image"))]


def test_two_pictures_share_no_identifier():
    ids = [{one.get("id") for one in ElementTree.fromstring(drawn(label)).iter()} - {None} for label in ("one", "two")]
    assert ids[0] and ids[1] and not ids[0] & ids[1]


def test_the_users_style_changes_neither_the_picture_nor_is_changed():
    before = drawn()
    with pyplot.rc_context({"axes.facecolor": "red", "font.size": 30, "svg.fonttype": "path"}):
        assert drawn() == before
        assert pyplot.rcParams["font.size"] == 30
