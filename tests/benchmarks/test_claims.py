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
        ("paper", "causalmix", "| {.4226} | better on {25} tables, worse on {8}: p = {.016}; median -{.005}"),
        ("paper", "copula", "a copula's, no graph | {+.13} % | | {.4222} | {26} and {7}: p = {.05}; median -{.005}"),
        ("paper", "default", "none (default fine-tuning) | {+.09} % | +.10 % | {.4234} |"),
        ("paper", "jitter", "jittered real ones | {+.07} % | | {.4283} | {20} and {13}: p = {.50}; median -{.002}"),
        ("paper", "untuned", "whose mean log loss is {.463}"),
        ("paper", "causalmix", "CausalMixFT ranks first ({2.86} of 8"),
        ("paper", "default", "default {3.92};"),
        ("paper", "confirming half, log loss", "is better on {11}, worse on {5} (p = {.25}"),
        ("leaderboard", "CAUSALMIX as it comes", "mean rank {3.05} of 8"),
        ("leaderboard", "AutoGluon MITRA", "(AutoGluon's MITRA {4.05},"),
        ("leaderboard", "LightGBM", "LightGBM {4.86},"),
        ("leaderboard", "CatBoost", "CatBoost {5.50},"),
        ("leaderboard", "random forest", "random forest {6.32})"),
        ("leaderboard", "CAUSALMIX as it comes", "log loss {.368} ("),
        ("leaderboard", "AutoGluon MITRA", "({.394}, "),
        ("leaderboard", "LightGBM", ", {.359}, "),
        ("leaderboard", "CatBoost", ", {.373}, "),
        ("leaderboard", "random forest", "{.448}; one view"),
        ("leaderboard", "causalmix", "one view {.343}, for"),
        ("leaderboard", "CAUSALMIX as it comes", "A bag takes {159} seconds"),
        ("leaderboard", "AutoGluon MITRA", "MITRA's {343}, "),
        ("leaderboard", "LightGBM", "LightGBM's {3}."),
        ("kept_mixing", "causalmix", "log loss {.425} for"),
        ("kept_mixing", "default", "for {.416}"),
        ("hedges", "SCM twice averaged", "have {.420} where"),
        ("hedges", "causalmix", "one has {.422}, "),
        ("hedges", "real twice averaged", "and {.410} for"),
        ("hedges", "default", "for {.415} on real rows"),
        ("shift", "real | shifted | default", "log loss {.671} for {.702} on {31} real tables"),
        ("shift", "simulated | shifted | default", "and {.701} for {.808} on {20} simulated ones"),
    ],
    "docs/benchmarks.md": [
        ("paper", "untuned", "Mean log loss is {.463} untuned"),
        ("paper", "causalmix or none, less none, log loss", "CausalMixFT has {.0035} less than default"),
        ("longer", "causalmix 200 steps | causalmix | log loss", "leave {27} of {32} fits"),
        ("kept_mixing", "causalmix", "of training: {.425} for"),
        ("kept_mixing", "default", "for {.416} without"),
        (
            "kept_mixing",
            "causalmix | default | log loss",
            "worse on {23} of {32} tables and better on {9} (p = {.012} after",
        ),
        ("kept_mixing", "copula", "cost as much ({.425})"),
        ("kept_mixing", "SCM rows chosen", "has {.4162}: less"),
        ("kept_mixing", "SCM rows chosen | causalmix | log loss", "better on {14} tables, worse on {5}, p = {.02})"),
        ("kept_mixing", "default", "real rows alone ({.4159};"),
        ("kept_mixing", "copula rows chosen", "does as well ({.4144};"),
        ("hedges", "SCM twice averaged", "take {.0027} off log loss"),
        ("hedges", "SCM twice averaged", "p = {.013} after Holm's correction) and {.0057} on"),
        ("hedges", "SCM twice averaged", "(27 of 39, p = {.051})"),
        ("hedges", "real twice averaged", "alone take {.0121} off (26 of 32) and add {.0073} on"),
        ("hedges", "default", "one alone adds {.0176} there"),
        ("hedges", "SCM and real averaged", "between them ({.0054} and +{.0038})"),
        ("hedges", "SCM rows chosen", "takes {.0051} off, p = {.10} after correction"),
        ("hedges", "SCM and real merged", "too much under shift (+{.0098})"),
        ("two_members", "causalmix 2 members | causalmix | log loss", "{.0032} less than one (better on {21} of {32}"),
        ("two_members", "causalmix 2 members | causalmix | log loss", "tables, p = {.019}, as a rule"),
        ("two_members", "default 2 members | default | log loss", "{.0044} less ({24} of {32}, p = {.0013} after"),
        ("two_members", "causalmix 2 members", "A fit takes {16} seconds"),
        ("two_members", "causalmix", "instead of {10} ("),
        ("bagged_members", "two members", "mean ROC-AUC is {.875} with"),
        ("bagged_members", "one member", "mean log loss {.481}, higher"),
        ("bagged_members", "two members", "in {408} seconds"),
        ("bagged_members", "one member", "for {232}. By the rule"),
        ("leaderboard", "CAUSALMIX as it comes", "Mean ROC-AUC is {.925}"),
        ("leaderboard", "LightGBM", "beside {.932}"),
        ("leaderboard", "CatBoost", ", {.925} and"),
        ("leaderboard", "random forest", "and {.926}, log loss"),
        ("leaderboard", "untuned", "({.917}, p = {.027}, and {.406}, p = {.048})"),
        ("leaderboard", "AutoGluon MITRA", "({.921} and {.394}) log loss is lower on {10} of the 11 (p = {.059})"),
        ("leaderboard", "causalmix", "CausalMixFT reaches {.939} and {.343}"),
        ("leaderboard", "default", "default fine-tuning {.938} and {.333}"),
        ("leaderboard", "tic-tac-toe", "{.98} in one view, {.82} in six, LightGBM {.98}"),
        ("paper", "causalmix", "{.4226} with SCM rows"),
        ("paper", "default", "and {.4234} without"),
        ("paper", "causalmix", "by -{.0051} in the median and -{.0009} in the mean"),
        ("paper", "causalmix", "are ahead on {24} and behind on {8} (p = {.24} after"),
        ("paper", "causalmix", "with SCM rows on {25} tables and worse on {8} beside default fine-tuning (p = {.016}"),
        ("paper", "causalmix", "means +{1.08} and"),
        ("paper", "default", "and +{1.18} %)"),
        (
            "paper",
            "tuning half, log loss",
            "on {14} and worse on {3} (p = {.001}; the mean of shares {5.1} % better)",
        ),
        ("paper", "confirming half, log loss", "on {11} and {5} (p = {.25}; the mean {1.3} % worse; both"),
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
        ("shift", "real | shifted | default", "log loss on shifted rows is {.702}, with CausalMixFT {.671}"),
        ("shift", "real | shifted | default", "(median of the differences -{.009})"),
        ("shift", "simulated | shifted | default", "which carry the mean, {.808} and {.701}"),
        ("shift", "default", "in one view, it is {.743};"),
        ("shift", "causalmix", "with CausalMixFT {.683} (better on {37} tables, worse on {12}; p = {.0006}"),
        ("shift", "copula", "with a copula's rows {.692}"),
        ("shift", "mixup", "with mixup {.715}"),
        ("shift", "jitter", "with jittered rows {.722}"),
        ("shift", "bootstrap", "copies of real ones {.735}"),
        ("shift", "SMOTE", "with SMOTE {.740}"),
        ("shift", "untuned", "without any fine-tuning {.686}"),
        ("shift", "half rate", "costs nothing, gives {.722}"),
        ("shift", "causalmix less half rate, all shifts", "(p at most {.012})"),
        ("shift", "random forest", "from these rows too, have {.658}"),
        ("shift", "LightGBM", "and {.778}"),
        ("shift", "simulated | like training | random forest", "simulated tables ({.344} beside {.305})"),
        ("shift", "real | like training | random forest", "level on the real ones ({.542} both)"),
        ("shift", "causalmix", "under covariate shift ({.08}; interval -{.23} to +{.31})"),
        ("shift", "causalmix", "under interventions ({.23})"),
        ("views_confirmed", "causalmix 6 views", "it is {.651} with CausalMixFT"),
        ("views_confirmed", "copula 6 views", "{.650} with a copula"),
        ("views_confirmed", "default 6 views", "{.668} on real rows"),
        ("views_confirmed", "jitter 6 views", "and {.675} with jittered"),
        ("dose", "true SCM less no synthetic rows", "are ahead of none (p = {.02})"),
        ("dose", "true SCM less discovered graph", "of discovered graphs (p = {.04})"),
        ("dose", "200 | 24", "and {.09} (-{.11} to +{.29})"),
        ("dose", "true SCM", "{.026} with rows of the true SCM"),
        ("dose", "no synthetic rows", "{.006} without synthetic rows"),
        ("dose", "real rows doubled", "{.049} with 160 more real ones"),
        ("dose", "200 | 24", "[{.34}]"),
        ("confirm", "default 6 views", "{.912} and {.351} for default"),
        ("confirm", "causalmix 6 views", "{.907} and {.363} for CausalMixFT"),
        ("confirm", "CatBoost", "{.893} and {.381} for CatBoost"),
        ("confirm", "random forest", "{.896} and {.448} for the forest"),
        ("confirm", "LightGBM", "{.846} and {.493} for LightGBM"),
        ("mechanisms", "SCM tree dependent", "usefulness {.844} of real rows' {.877} and two-sample ROC-AUC {.679}"),
        ("mechanisms", "copula no graph (control)", "without a graph {.816} and {.707}"),
        ("mechanisms", "SCM tree independent", "independent noise, {.818} and {.718}"),
        ("checkpoint", "untuned", "the classifier [reaches {.9028} and {.435}]"),
        ("checkpoint", "random forest", "a random forest {.9092} and {.460}"),
    ],
    "docs/shift.md": [
        ("shift", "causalmix less half rate, all shifts", "ahead of each, p at most {.012}"),
        ("shift", "random forest", "(log loss {.658} beside"),
        ("shift", "causalmix", "beside {.683}, not told apart"),
        ("shift", "real | shifted | default", "falls from {.702} to {.671}, by {.009} in the median"),
        ("shift", "simulated | shifted | default", "from {.808} to {.701}"),
        ("shift", "simulated | like training | random forest", "simulated tables alone ({.344} beside {.305}"),
        ("views_confirmed", "causalmix 6 views", "log loss on shifted rows is {.651} with"),
        ("views_confirmed", "default 6 views", "{.668} with real rows alone"),
        ("views_confirmed", "untuned 6 views", "and {.668} untuned"),
        ("views_confirmed", "causalmix", "in one view {.686}"),
        ("views_confirmed", "default", ", {.758} and"),
        ("views_confirmed", "untuned", "and {.692}."),
        ("hedges_under_shift", "causalmix", "the same: {.639} with CausalMixFT"),
        ("hedges_under_shift", "default", "{.657} with real rows alone"),
        ("hedges_under_shift", "SCM twice averaged", "have {.633}, two"),
        ("hedges_under_shift", "real twice averaged", "alone {.646}, and"),
        ("hedges_under_shift", "SCM and real averaged", "of each {.643}: "),
        ("kept_mixing", "causalmix | default | log loss", "is lower on {23} of {32} tables"),
        ("shift", "LightGBM", "LightGBM is not ({.778})"),
        ("shift", "reversed graph", "edges reversed ({.690})"),
        ("shift", "moved rows + environments", "moved at random ({.687})"),
        ("shift", "shift_strength", "is {.678} with `shift_strength`"),
        ("shift", "environments", "{.688} with `environments`"),
        ("shift", "causalmix", "and {.683} with neither"),
        ("shift", "moved rows", "does not ({.728}, p"),
        ("shift", "bootstrap", "not moved ({.735})"),
        ("shift", "default + domain", "worse on {14} (by {.028} in the mean, p {.07})"),
        ("shift", "environment_column less default + domain, natural", "({.022}; better on {9}, worse on {10})"),
        ("shift", "environment_column", "without the column (+{.005};"),
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
