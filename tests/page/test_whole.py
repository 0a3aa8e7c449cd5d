"""The page is whole, shows every finding in its tab, and trusts no text of the data."""

from html.parser import HTMLParser

import pytest

from autogluon_causalmix.predictor_report import PredictorReport

from .findings.reports import folds

VOID = {"meta", "input"}


class Reader(HTMLParser):
    """Tags as they nest, with the text of each panel."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.panels, self.depth, self.checked = [], [], {}, None, []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if tag == "input" and "checked" in attrs:
            self.checked.append(attrs["id"])
        if tag not in VOID:
            self.open.append(tag)
            if (attrs.get("class") or "").startswith("panel "):
                self.panel, self.depth = attrs["class"].split()[1], len(self.open)
                self.panels[self.panel] = ""

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if self.depth is not None and len(self.open) < self.depth:
            self.depth = None

    def handle_data(self, data):
        if self.depth is not None:
            self.panels[self.panel] += data


@pytest.fixture
def read(tmp_path):
    def read(report, **options):
        report.to_html(tmp_path / "report.html", **options)
        reader = Reader()
        reader.feed((tmp_path / "report.html").read_text(encoding="utf-8"))
        assert not reader.open
        return reader

    return read


def shown(**figures):
    figures = {
        "steps_taken": [3],
        "step_kept": [1],
        "validation_scores": [[1.0, 0.5]],
        "stopped_by": ["steps"],
    } | figures
    return PredictorReport({"CausalMix": folds(**figures)})


def test_every_finding_is_in_its_tab_and_nowhere_else(read):
    report = shown(weights={"name": "mini", "fallback_reason": "no network"}, fallbacks=["sample_weight ignored"])
    panels = read(report).panels
    assert list(panels) == ["issue", "tip", "passed"]
    for one in report.findings():
        for tab, text in panels.items():
            assert (f"{one.code} · {one.model}" in text) == (tab == one.tab)
    assert "no network" in panels["issue"] and "What to do." in panels["issue"]
    assert "What to do." not in panels["passed"]


@pytest.mark.parametrize(
    ("figures", "checked"),
    [
        ({"weights": {"name": "mini", "fallback_reason": "no network"}}, "show-issue"),
        ({"fallbacks": ["sample_weight ignored"]}, "show-tip"),
        ({}, "show-passed"),
    ],
)
def test_the_first_tab_that_has_findings_is_open(read, figures, checked):
    assert read(shown(**figures)).checked == [checked]


def test_muted_findings_are_left_out(read):
    report = shown(fallbacks=["sample_weight ignored"])
    assert "CM402" in read(report).panels["tip"]
    assert "CM402" not in "".join(read(report, mute=["CM402"]).panels.values())


def test_text_of_the_data_is_escaped(read):
    reader = read(shown(fallbacks=["<script>alert(1)</script>"]))
    assert "<script>alert(1)</script>" in reader.panels["tip"], "shown as text"
    assert "script" not in {tag for tag, _ in reader.tags}


def test_nothing_is_loaded(read):
    for tag, attrs in read(shown()).tags:
        assert tag not in ("script", "link", "iframe", "img") and not {"src", "href"} & set(attrs)


def test_the_table_has_a_row_for_every_member_and_gaps_for_what_is_unknown(read, tmp_path):
    report = shown(steps_taken=[3, 3], step_kept=[1, 0], validation_scores=[[1.0, 0.5], [1.0, 2.0]])
    tags = [tag for tag, _ in read(report).tags]
    assert tags.count("tr") == 3 and tags.count("th") == len(report.summary().columns)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert ">nan<" not in text and ">None<" not in text


def test_a_predictor_without_the_model_has_a_page_too(read):
    assert all("None." in text for text in read(PredictorReport({})).panels.values())
