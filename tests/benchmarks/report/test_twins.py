"""Ideas beside their bases and twins in log loss, and the fits that fell back, counted."""

from scipy.stats import wilcoxon

from benchmarks.report.gains import by_dataset
from benchmarks.report.results import RUN
from benchmarks.report.twins import beside_twins, without_synthetic_rows
from tests.benchmarks.report.test_ideas import IDEA, rows_of


def lines_of(rows):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in beside_twins((IDEA,), rows).splitlines()]


def test_every_base_and_twin_has_a_line_with_wilcoxons_test_and_holms_correction_over_both():
    rows = rows_of(idea_scm=lambda k: 0.8 if k % 3 else 0.2, idea_copula=0.5)
    head, _, base, twin = lines_of(rows)
    losses = by_dataset(rows.pivot_table(index=RUN, columns="label", values="log_loss"))
    for line, other in ((base, "strong"), (twin, "idea copula")):
        found = dict(zip(head, line, strict=True))
        difference = losses["idea scm"] - losses[other]
        assert (found["idea"], found["less"]) == ("idea scm", other)
        assert int(found["lower"]) == (difference < 0).sum() and int(found["higher"]) == (difference > 0).sum()
        assert float(found["difference"]) == round(difference.mean(), 4)
        assert float(found["p"]) == float(f"{wilcoxon(difference).pvalue:.2g}")
        assert float(found["p (Holm)"]) >= float(found["p"])
    assert [line[2] for line in (base, twin)] == ["base", "twin"]


def test_what_was_not_measured_has_no_line():
    assert len(lines_of(rows_of(idea_scm=0.8))) == 3
    assert beside_twins((IDEA,), rows_of()) == ""


def test_fits_that_fell_back_are_counted_by_method_and_reason():
    rows = rows_of(idea_scm=0.8, idea_copula=0.6)
    assert without_synthetic_rows(rows).startswith("No fit fell back")
    why = "no synthetic rows (ValueError: too few)"
    fell = (rows["label"] == "idea copula") & (rows["fold"] == 0)
    rows.loc[fell, "fallbacks"] = rows.loc[fell, "fallbacks"].map(lambda _: [why])
    assert without_synthetic_rows(rows) == f"idea copula, {fell.sum()} fits: {why}."
