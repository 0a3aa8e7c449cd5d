"""The page in a real browser: nothing fails, nothing overflows, and everything works that is meant to."""

import re
from pathlib import Path

import pytest

from autogluon_causalmix.page import framed

from . import fits
from .browser import browser, why_not

if why_not():
    pytest.skip(why_not(), allow_module_level=True)

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = (360, 1400)
PAGES = ("bag", "fallback", "sixty_columns")
#: Elements that stick out of the window, other than within what can be scrolled.
STICKING_OUT = """() => [...document.querySelectorAll("body *")]
    .filter(one => !one.closest(".wide, .canvas") && one.getClientRects().length)
    .filter(one => one.getBoundingClientRect().right > innerWidth + 0.5 || one.getBoundingClientRect().left < -0.5)
    .map(one => one.outerHTML.slice(0, 120))"""

#: Whether an arrow is painted where its middle lies. (Playwright's `is_visible` asks for a box with an area, and an
#: arrow from one box to another in the same row has no height.)
PAINTED = """one => {
    one.scrollIntoView({ block: "center" });
    const wire = one.querySelector(".wire");
    const middle = wire.getPointAtLength(wire.getTotalLength() / 2).matrixTransform(wire.getScreenCTM());
    return document.elementsFromPoint(middle.x, middle.y).includes(wire);
}"""


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    return {name: getattr(fits, name)(tmp_path_factory.mktemp(name)) for name in PAGES}


@pytest.fixture(scope="module")
def written(reports, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, report in reports.items():
        report.to_html(folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in PAGES}


@pytest.fixture
def visit(chromium):
    """Open a file; whatever the browser complains of, or asks the network for, fails the test."""
    contexts, complaints = [], []

    def visit(path, width=1400, **options):
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda one: None if one.url.startswith("file:") else complaints.append(one.url))
        page.goto(path.as_uri())
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not complaints


def shown_panels(page):
    return [name for name in ("issue", "tip", "passed") if page.locator(f".panel.{name}").is_visible()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_overflows_and_nothing_is_complained_of(visit, written, name, width, scheme):
    page = visit(written[name], width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for tab in ("issue", "tip", "passed"):
        page.click(f"label[for=show-{tab}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(STICKING_OUT) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_tabs_work_with_scripts_and_without(visit, written, scripts):
    page = visit(written["bag"], java_script_enabled=scripts)
    for tab in ("passed", "tip", "issue"):
        page.click(f"label[for=show-{tab}]")
        assert shown_panels(page) == [tab]
    page.focus("#show-issue")
    page.keyboard.press("ArrowRight")
    assert shown_panels(page) == ["tip"]


def test_the_schemes_differ_and_print_is_light_and_whole(visit, written):
    def colours(page):
        return page.eval_on_selector("body", "one => ['color', 'background'].map(name => getComputedStyle(one)[name])")

    light, dark = (visit(written["bag"], color_scheme=scheme) for scheme in ("light", "dark"))
    assert not set(colours(light)) & set(colours(dark))
    dark.emulate_media(media="print", color_scheme="dark")
    assert colours(dark) == colours(light)
    assert shown_panels(dark) == ["issue", "tip", "passed"]
    assert dark.locator(".controls").first.is_hidden()


def test_a_column_of_sixty_is_found_and_edges_are_filtered(visit, written):
    page = visit(written["sixty_columns"], 360)
    assert page.locator(".node").count() >= 60
    edges = page.locator(".edge:not(.off)")
    before = edges.count()
    page.locator(".threshold").fill("0.9")
    assert edges.count() < before
    values = [float(one.get_attribute("data-p")) for one in edges.all()]
    assert all(value > 0.9 for value in values) and f"{len(values)} arrows" in page.locator(".told").inner_text()
    page.locator(".threshold").fill("0.05")
    assert edges.count() == page.locator(".edge").count()

    last = page.locator(".node").last.get_attribute("data-name")
    page.fill(".find", last)
    node, canvas = (page.locator(one).bounding_box() for one in (f'.node[data-name="{last}"]', ".canvas"))
    assert canvas["x"] <= node["x"] and node["x"] + node["width"] <= canvas["x"] + canvas["width"]
    told = page.locator(".told").inner_text()
    assert told.startswith(f"{last}: causes ")
    near = {one.get_attribute("data-name") for one in page.locator(".node.near").all()}
    assert near == {last, *re.findall(r"(\w+) \(\d\.\d\d\)", told)}
    page.fill(".find", "no such name")
    assert page.locator(".told").inner_text() == "No such column in the graph."
    assert page.locator(".looking").count() == 0


def test_pointing_at_a_column_tells_what_it_hangs_together_with(visit, written):
    page = visit(written["sixty_columns"])
    edge = page.locator(".edge:not(.off)").last
    cause, effect = edge.get_attribute("data-from"), edge.get_attribute("data-to")
    page.hover(f'.node[data-name="{cause}"]')
    assert re.search(rf"effects .*\b{effect} \(", page.locator(".told").inner_text())
    page.hover("h1")
    assert page.locator(".near").count() == 0, "what was only pointed at is forgotten"
    page.focus(f'.node[data-name="{effect}"]')
    assert page.locator(".told").inner_text().startswith(f"{effect}: ")


def test_without_scripts_the_graph_is_there_and_promises_nothing(visit, written):
    page = visit(written["bag"], java_script_enabled=False)
    assert page.locator(".controls").first.is_hidden()
    edges = page.locator(".edge:not(.off)").all()
    assert edges and all(edge.evaluate(PAINTED) for edge in edges)
    assert not any(edge.evaluate(PAINTED) for edge in page.locator(".edge.off").all())
    assert re.search(r"→ .+: [01]\.\d\d", edges[0].locator("title").text_content())


def test_a_notebook_shows_the_page_apart_from_its_own_styles(visit, written, tmp_path):
    around = "<style>h1 { color: rgb(1, 2, 3); }</style><h1>Notebook</h1>"
    framed_page = framed(written["bag"].read_text(encoding="utf-8"))
    (tmp_path / "notebook.html").write_text(around + framed_page, encoding="utf-8")
    page = visit(tmp_path / "notebook.html")
    frame = page.frame_locator("iframe")
    assert frame.locator("h1").inner_text() == "CausalMix fit report"
    frame.locator("label[for=show-passed]").click()
    assert frame.locator(".panel.passed").is_visible()
    assert not frame.locator(".controls").first.is_hidden(), "the script runs in the frame"
    colours = [one.evaluate("one => getComputedStyle(one).color") for one in (page.locator("h1"), frame.locator("h1"))]
    assert colours[0] == "rgb(1, 2, 3)" != colours[1]
