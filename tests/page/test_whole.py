"""The page is whole, shows every finding in its tab, and trusts no text of the data."""

import base64
import hashlib
import json
import pickle
import re
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from autogluon_causalmix.augmentation.report import AugmentReport
from autogluon_causalmix.metrics.comparison import compare
from autogluon_causalmix.page import whole
from autogluon_causalmix.predictor_report import PredictorReport
from autogluon_causalmix.table import TypedTable

from ..findings.reports import edge, folds

VOID = {"meta", "input", "br"}
EVIL = "<script>alert(1)</script>"


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


def compared(n_columns=3, **names):
    """A comparison of made-up rows."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((60, n_columns))).rename(columns=lambda k: names.get(f"x{k}", f"x{k}"))
    frame["town"] = rng.choice([names.get("level", "Oslo"), "Rome"], 60)
    table = TypedTable.from_frame(frame)
    other = table.values[rng.permutation(60)] + [*[0.5] * n_columns, 0]
    return json.loads(json.dumps(compare(table, table.values, other)))


def full(n_columns=3, n_folds=1, **names):
    """A model all of whose figures are there."""
    columns = [names.get(f"x{k}", f"x{k}") for k in range(n_columns)]
    rng = np.random.default_rng(0)
    return folds(
        fidelity={"two_sample_auc": 0.7, "two_sample_low": 0.6, "two_sample_high": 0.8, "usefulness": 0.8},
        comparison=compared(n_columns, **names),
        edges=[edge(a, b, float(rng.random())) for a in columns for b in columns if a != b],
        graph_resamples=(20,) * n_folds if n_folds > 1 else 20,
        target=columns[0],
        seconds={"discovery": 1.0, "total": 2.0},
        options={"mix_ratio": 0.3, "hf_model": EVIL},
        options_changed=["mix_ratio", "hf_model"],
        steps_taken=[50],
        step_kept=[3],
        validation_scores=[[1.0 - k / 100 for k in range(51)]],
        stopped_by=["steps"],
        rows_synthetic_used=100,
    )


def test_text_of_the_data_is_escaped(read):
    everything = full(x0=EVIL, x1='"><b onload=x>', level=EVIL)
    everything[""] |= {"fallbacks": [EVIL], "weights": {"name": EVIL}, "validation_name": EVIL}
    reader = read(PredictorReport({EVIL: everything}))
    tags = [tag for tag, _ in reader.tags]
    assert EVIL in reader.panels["tip"], "shown as text"
    assert tags.count("script") == 1 and "b" not in tags and not any("onload" in attrs for _, attrs in reader.tags)
    assert EVIL in {attrs.get("data-name") for _, attrs in reader.tags}


def test_nothing_is_loaded_and_no_other_script_would_run(read, tmp_path):
    for tag, attrs in read(PredictorReport({"CausalMix": full()})).tags:
        assert tag not in ("link", "iframe", "img", "a", "object") and "src" not in attrs
        assert attrs.get("href", "#").startswith("#")
        assert not [name for name in attrs if name.startswith("on")]
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"@import|url\((?!#)", text)
    (script,) = re.findall("<script>(.*?)</script>", text, re.S)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(attrs["content"] for _, attrs in read(shown()).tags if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'") and f"script-src 'sha256-{allowed}'" in policy


def test_the_page_shows_everything_that_was_measured(read, tmp_path):
    read(PredictorReport({"CausalMix": full()}))
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    for label in ("Learning curves of CausalMix", "Fidelity of CausalMix", "Distribution of x1", "Map of real rows"):
        assert f'aria-label="{label}"' in text
    for heading in ("What to try next", "Causal graph", "Seconds by stage", "Options that differ from their defaults"):
        assert f">{heading}<" in text
    assert "No graph" not in text and "Not compared" not in text and "Not measured" not in text
    assert "{&#34;mix_ratio&#34;: 0}" in text, "a configuration to copy"


def test_a_folder_that_is_not_there_is_made(tmp_path):
    path = tmp_path / "of" / "mine" / "report.html"
    PredictorReport({}).to_html(path)
    assert path.stat().st_size > 1000


def test_a_bag_of_wide_tables_stays_within_three_megabytes(read, tmp_path):
    models = {f"model {k}": full(60, n_folds=40) for k in range(whole.MAX_MODELS + 2)}
    read(PredictorReport(models))
    path = tmp_path / "report.html"
    assert path.stat().st_size < 3e6
    assert path.read_text(encoding="utf-8").count('<section class="model">') == whole.MAX_MODELS
    assert "2 more are in the findings" in path.read_text(encoding="utf-8")


def test_printing_makes_no_page_and_a_notebook_gets_it(monkeypatch):
    report = PredictorReport({"CausalMix": full()}, names={"town": {"Oslo": "Bergen"}})
    shown_in_notebook = report._repr_html_()
    assert "<h1>CausalMix fit report</h1>" in unescape(re.search(r'srcdoc="([^"]*)"', shown_in_notebook)[1])
    assert "Bergen" in shown_in_notebook and "Oslo" not in shown_in_notebook
    assert pickle.loads(pickle.dumps(report))._repr_html_() == shown_in_notebook

    def fail(*_):
        raise AssertionError("asked for")

    monkeypatch.setattr(whole, "shown", fail)
    monkeypatch.setattr(PredictorReport, "findings", fail)
    assert str(report) == repr(report) and "CausalMix" in str(report)


def test_the_table_has_a_row_for_every_member_and_gaps_for_what_is_unknown(read, tmp_path):
    report = shown(steps_taken=[3, 3], step_kept=[1, 0], validation_scores=[[1.0, 0.5], [1.0, 2.0]])
    read(report)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    table = text[text.index(">All fits<") :]
    assert table.count("<tr>") == 3 and table.count("<th ") == len(report.summary().columns)
    assert ">nan<" not in text and ">None<" not in text


def test_a_predictor_without_the_model_has_a_page_too(read):
    assert all("None." in text for text in read(PredictorReport({})).panels.values())


def test_models_of_other_kinds_have_a_table_with_the_rows_they_were_fitted_on(read, tmp_path):
    one = AugmentReport(model="GBM", generator=EVIL, rows_real=80, seconds={"total": 2.0, "model": 1.5}).to_dict()
    only = PredictorReport({}, {"CausalMixAugment_GBM": {"": one}})
    read(only)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "1 augmented model<" in text and "No CausalMix model" not in text and ">All fits<" not in text
    table = text[text.index(">Other models, and the rows they were fitted on<") :]
    assert table.count("<tr>") == 2 and table.count("<th ") == len(only.mixed().columns)
    assert EVIL not in text and "CausalMixAugment_GBM" in table
