"""The figures that README claims stand in the tables that it names: who measures again finds out what to write anew."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "benchmarks" / "results"

#: Study, the row of its report, what README says with the figure in braces.
CLAIMS = [
    ("paper", "causalmix", "the SCM's (CausalMixFT) | {+.16} %"),
    ("paper", "causalmix", "-{12.1} % | better on {25} tables, worse on {8}: p = {.007}"),
    ("paper", "copula", "a copula's, no graph | {+.13} % | | -{12.2} % | {26} and {7}: p = {.019}"),
    ("paper", "default", "none (default fine-tuning) | {+.09} % | +.10 % | -{10.1} %"),
    ("paper", "jitter", "jittered real ones | {+.07} % | | -{10.8} % | {20} and {13}: p = {.14}"),
    ("paper", "untuned", "whose mean log loss is {.463}"),
    ("paper", "causalmix", "({.423} with the SCM's rows"),
    ("views_confirmed", "causalmix 6 views | causalmix | first test, ROC-AUC", "ROC-AUC +{.003}"),
    ("views_confirmed", "causalmix 6 views | causalmix | first test, log loss", "log loss -{.006}"),
    ("paper", "causalmix", "alike ({1.08} % with the SCM's rows"),
    ("paper", "default", "{1.18} % with none)"),
    ("paper", "confirming half, log loss", "it is {11} and {5}, p = {.25}"),
    ("paper", "causalmix", "CausalMixFT ranks first ({2.74}"),
    ("paper", "default", "default {3.89})"),
    ("paper", "mixed_model_only", "MixedModel's pay (log loss p = {.02})"),
    ("shift", "default", "shifted rows is {.743} after fine-tuning"),
    ("shift", "half rate", "{.722} at half the rate"),
    ("shift", "causalmix", "{.683} with CausalMixFT"),
    ("shift", "copula", "{.692} with a copula's rows"),
    ("shift", "mixup", "with mixup {.715}"),
    ("shift", "jitter", "jitter {.722}"),
    ("shift", "bootstrap", "copies {.735}"),
    ("shift", "SMOTE", "SMOTE {.740}"),
    ("shift", "causalmix less half rate, all shifts", "p at most {.008} after Holm's correction"),
    ("shift", "untuned", "Untuned has {.686}"),
    ("shift", "random forest", "by the same validation rows {.658}"),
    ("shift", "untuned", "like those of training {.466}"),
    ("shift", "random forest", "and {.465}, beside"),
    ("shift", "causalmix", "beside {.449}"),
    ("dose", "true SCM", "the true model's take {.026} off log loss"),
    ("dose", "no synthetic rows", "none {.006}"),
    ("dose", "real rows doubled", "160 more real ones {.049}"),
    ("dose", "200 | 24", "(rank correlation {.34})"),
    ("confirm", "causalmix 6 views", "ROC-AUC {.907} and log loss {.363}"),
    ("confirm", "default 6 views", "without mixing {.912} and {.351}"),
    ("confirm", "CatBoost", "CatBoost has {.893} and {.381}"),
    ("confirm", "random forest", "a random forest {.896} and {.448}"),
    ("confirm", "LightGBM", "LightGBM {.846} and {.493}"),
    ("checkpoint", "untuned", "reaches {.9028} and {.435} on"),
    ("checkpoint", "random forest", "a random forest {.9092} and {.460}"),
]


def cells(study: str, row: str) -> list[float]:
    """Numbers in the rows of a report's tables that begin with ``row``, signs aside."""
    found: list[float] = []
    for line in (RESULTS / study / "report.md").read_text().splitlines():
        words = [cell.strip() for cell in line.strip("| ").split("|")]
        if line.startswith("|") and " | ".join(words).startswith(f"{row} |"):
            found += [abs(float(cell)) for cell in words if re.fullmatch(r"[+-]?\d+(\.\d+)?(e-\d+)?", cell)]
    return found


@pytest.mark.parametrize(("study", "row", "claim"), CLAIMS, ids=lambda part: part[:40])
def test_a_claims_figures_stand_in_its_table(study, row, claim):
    readme = " ".join((ROOT / "README.md").read_text().split())
    said = " ".join(claim.replace("{", "").replace("}", "").split())
    assert said in readme, f"README does not say {said!r} any more: change this list with it"
    assert f"benchmarks/results/{study}/report.md" in readme
    known = cells(study, row)
    for figure in re.findall(r"{[+-]?([\d.]+)}", claim):
        # Half of the figure's last place, and a little for the report's own rounding.
        half = 0.5 * 10.0 ** -len(figure.partition(".")[2])
        assert any(abs(cell - float(figure)) <= half * 1.02 for cell in known), f"{figure} is not in {study}: {row}"
