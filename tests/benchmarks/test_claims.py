"""Figures that README and the docs claim stand in the tables they name: who measures again finds what to write anew."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "benchmarks" / "results"

#: Page: study, the row of its report, what the page says with the figure in braces.
CLAIMS = {
    "README.md": [
        ("paper", "causalmix", "the SCM's (CausalMixFT) | {+.16} %"),
        ("paper", "causalmix", "-{12.1} % | better on {25} tables, worse on {8}: p = {.016}"),
        ("paper", "copula", "a copula's, no graph | {+.13} % | | -{12.2} % | {26} and {7}: p = {.05}"),
        ("paper", "default", "none (default fine-tuning) | {+.09} % | +.10 % | -{10.1} %"),
        ("paper", "jitter", "jittered real ones | {+.07} % | | -{10.8} % | {20} and {13}: p = {.50}"),
        ("paper", "untuned", "whose mean log loss is {.463}"),
        ("paper", "causalmix", "CausalMixFT ranks first ({2.86} of 8"),
        ("paper", "default", "default {3.92};"),
        ("paper", "confirming half, log loss", "on {11}, worse on {5} (p = {.25}), and its mean {1.3} % worse"),
        ("leaderboard", "CAUSALMIX as it comes", "mean rank {1.82} of 5"),
        ("leaderboard", "LightGBM", "(LightGBM {3.00},"),
        ("leaderboard", "CatBoost", "CatBoost {3.27},"),
        ("leaderboard", "random forest", "random forest {3.82})"),
        ("leaderboard", "CAUSALMIX as it comes", "log loss {.368} ("),
        ("leaderboard", "LightGBM", "({.359}, "),
        ("leaderboard", "CatBoost", ", {.373}, "),
        ("leaderboard", "random forest", ", {.448})"),
        ("leaderboard", "CAUSALMIX as it comes", "a bag takes {159} seconds"),
        ("leaderboard", "LightGBM", "for LightGBM's {3}."),
        ("shift", "causalmix", "log loss {.683} for"),
        ("shift", "default", "for {.743} on"),
        ("shift", "copula", "a copula's rows ({.692})"),
        ("shift", "untuned", "the untuned model ({.686})"),
        ("shift", "random forest", "tuned leaves ({.658})"),
    ],
    "docs/benchmarks.md": [
        ("paper", "untuned", "Mean log loss is {.463} untuned"),
        ("leaderboard", "CAUSALMIX as it comes", "Mean ROC-AUC is {.925}"),
        ("leaderboard", "LightGBM", "beside {.932}"),
        ("leaderboard", "CatBoost", ", {.925} and"),
        ("leaderboard", "random forest", "and {.926}, log loss"),
        ("leaderboard", "untuned", "({.917}; p = {.016})"),
        ("paper", "causalmix", "{.423} with SCM rows"),
        ("paper", "default", "and {.423} without"),
        ("paper", "causalmix", "with SCM rows on {25} tables and worse on {8} beside default fine-tuning (p = {.016}"),
        ("paper", "causalmix", "means +{1.08} and"),
        ("paper", "default", "and +{1.18} %)"),
        ("paper", "tuning half, log loss", "is better on {14} and worse on {3} (p = {.001}; the mean {5.1} % better)"),
        ("paper", "confirming half, log loss", "on the other half on {11} and {5} (p = {.25}; the mean {1.3} % worse)"),
        ("paper", "causalmix", "best mean rank ({2.86} of 8"),
        ("paper", "default", "default {3.92}), which is not told"),
        ("paper", "causalmix", "median gain ({.16} and"),
        ("paper", "default", "and {.09} %)"),
        ("paper", "mixed_model_only", "(p {.003} in ROC-AUC and {.004} in log loss"),
        (
            "views_confirmed",
            "causalmix 6 views | causalmix | first test, ROC-AUC",
            "six views beside one add {.003} to ROC-AUC",
        ),
        ("views_confirmed", "causalmix 6 views | causalmix | first test, log loss", "take {.006} off log loss"),
        ("shift", "default", "log loss on shifted rows is {.743}"),
        ("shift", "causalmix", "with CausalMixFT {.683} (better on {37} tables, worse on {12}; p = {.0005}"),
        ("shift", "copula", "with a copula's rows {.692}"),
        ("shift", "mixup", "with mixup {.715}"),
        ("shift", "jitter", "with jittered rows {.722}"),
        ("shift", "bootstrap", "copies of real ones {.735}"),
        ("shift", "SMOTE", "with SMOTE {.740}"),
        ("shift", "untuned", "without any fine-tuning {.686}"),
        ("shift", "half rate", "costs nothing, gives {.722}"),
        ("shift", "causalmix less half rate, all shifts", "(p at most {.008})"),
        ("shift", "random forest", "choose our step have {.658}"),
        ("shift", "LightGBM", "and {.778}"),
        ("shift", "random forest", "training ({.465}"),
        ("shift", "causalmix", "beside {.449})"),
        ("dose", "true SCM", "{.026} with rows of the true SCM"),
        ("dose", "no synthetic rows", "{.006} without synthetic rows"),
        ("dose", "real rows doubled", "{.049} with 160 more real ones"),
        ("dose", "200 | 24", "[{.34}]"),
        ("confirm", "default 6 views", "{.912} and {.351} for default"),
        ("confirm", "causalmix 6 views", "{.907} and {.363} for CausalMixFT"),
        ("confirm", "CatBoost", "{.893} and {.381} for CatBoost"),
        ("confirm", "random forest", "{.896} and {.448} for the forest"),
        ("confirm", "LightGBM", "{.846} and {.493} for LightGBM"),
        ("checkpoint", "untuned", "the classifier [reaches {.9028} and {.435}]"),
        ("checkpoint", "random forest", "a random forest {.9092} and {.460}"),
    ],
    "docs/shift.md": [
        ("shift", "causalmix less half rate, all shifts", "ahead of each, p at most {.008}"),
        ("shift", "random forest", "(log loss {.658} beside"),
        ("shift", "causalmix", "beside {.683}, not told apart"),
        ("shift", "random forest", "{.465} beside"),
        ("shift", "causalmix", "beside {.449} without a shift"),
        ("shift", "LightGBM", "LightGBM is not ({.778})"),
    ],
}


def cells(study: str, row: str) -> list[float]:
    """Numbers in the rows of a report's tables that begin with ``row``, signs aside."""
    found: list[float] = []
    for line in (RESULTS / study / "report.md").read_text().splitlines():
        words = [cell.strip() for cell in line.strip("| ").split("|")]
        if line.startswith("|") and " | ".join(words).startswith(f"{row} |"):
            found += [abs(float(cell)) for cell in words if re.fullmatch(r"[+-]?\d+(\.\d+)?(e-\d+)?", cell)]
    return found


@pytest.mark.parametrize(
    ("page", "study", "row", "claim"),
    [(page, *claim) for page, claims in CLAIMS.items() for claim in claims],
    ids=lambda part: part[:40],
)
def test_a_claims_figures_stand_in_its_table(page, study, row, claim):
    text = (ROOT / page).read_text().replace("**", "")
    said = " ".join(claim.replace("{", "").replace("}", "").split())
    assert said in " ".join(text.split()), f"{page} does not say {said!r} any more: change this list with it"
    assert f"benchmarks/results/{study}/report.md" in text
    known = cells(study, row)
    for figure in re.findall(r"{[+-]?([\d.]+)}", claim):
        # Half of the figure's last place, and a little for the report's own rounding.
        half = 0.5 * 10.0 ** -len(figure.partition(".")[2])
        assert any(abs(cell - float(figure)) <= half * 1.02 for cell in known), f"{figure} is not in {study}: {row}"
