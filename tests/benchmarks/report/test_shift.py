"""The report under shift finds effects that were put in, and says so where there is none."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.protocol import interventions
from benchmarks.report.figures import Picture
from benchmarks.report.results import Results
from benchmarks.report.shift import against_default, beside_others, body, by_kind, closer, finding, overview
from benchmarks.report.shift_runs import CONTROL, closeness, compare, controls, residuals, runs, size_table
from benchmarks.report.shift_sources import by_source, sources
from benchmarks.studies import shift, shift_made, shift_simulated

WORLDS = ("parents", "nothing")


def row(dataset, shift, label, inside, outside, *, choice=0, fold=0, domains=None):
    """One fit; scores follow its log losses."""

    def scores(loss):
        return {"auc": 1 - loss / 2, "log_loss": loss, "ece": loss / 10}

    by_domain = {name: scores(outside + extra) | {"rows": 50} for name, extra in (domains or {"all": 0.0}).items()}
    flat = {f"in_{k}": v for k, v in scores(inside).items()} | {f"out_{k}": v for k, v in scores(outside).items()}
    worst = max(found["log_loss"] for found in by_domain.values())
    about = {"dataset": dataset, "shift": shift, "choice": choice, "fold": fold, "label": label, "status": "ok"}
    return about | flat | {"worst_log_loss": worst, "by_domain": by_domain, "sizes": None}


def size(dataset, shift, control=False, choice=0):
    found = {
        "domain_auc": 0.5 if control else 0.9,
        "features_differ": not control,
        "target_differs": False if control else None,
        "is_control": control,
    }
    about = {"dataset": dataset, "shift": shift, "choice": choice, "fold": 0, "label": "size of the shift"}
    return about | {"status": "ok", "by_domain": None, "sizes": {shift: found}}


def grid(effects, n=10, noise=0.002, gap=0.2, inside=None):
    """Default's second test is ``gap`` worse than its first; a method's is better by its effect."""
    rng, rows = np.random.default_rng(0), []
    for k in range(n):
        for kind in ("tail", "domain", "label"):
            for fold in range(2):
                base = float(rng.uniform(0.4, 0.6))
                rows.append(row(f"{kind}{k}", kind, "default", base, base + gap, fold=fold))
                for label, effect in effects.items():
                    first = base + (inside or {}).get(label, 0.0)
                    out = base + gap - effect + noise * rng.standard_normal()
                    rows.append(row(f"{kind}{k}", kind, label, first, out, fold=fold))
    return pd.DataFrame(rows)


def test_a_fit_in_several_worlds_is_a_run_for_each_and_no_intervention_is_a_control():
    made = pd.DataFrame([row("s0", "worlds", "default", 0.5, 0.6, domains={"parents": 0.1, "nothing": -0.1})])
    table = runs(made).set_index("shift")
    assert list(table.index) == ["parents", "nothing"] and list(table["kind"]) == ["intervention", CONTROL]
    assert table.loc["parents", "out_log_loss"] == pytest.approx(0.7) == table.loc["parents", "worst_log_loss"]
    assert (table["in_log_loss"] == 0.5).all() and table.loc["nothing", "out_log_loss"] == pytest.approx(0.5)


def test_splits_that_are_not_told_from_none_are_controls_in_every_fold():
    rows = pd.concat(
        [grid({"environments": 0.0}, n=2), pd.DataFrame([size("tail0", "tail", True), size("tail1", "tail")])]
    )
    assert controls(rows) == [("tail0", "tail", 0)]
    table = runs(rows)
    assert set(table.loc[table["dataset"] == "tail0", "kind"]) == {CONTROL}
    assert set(table.loc[table["dataset"] == "tail1", "kind"]) == {"covariate"} and len(table) == 24
    sizes = size_table(rows).loc[("covariate", "tail")]
    assert (sizes["splits"], sizes["controls"], sizes["P(x) differs"], sizes["cannot be told"]) == (2, 1, 0.5, 0.5)


def test_differences_are_paired_over_tables_and_corrected():
    table = runs(grid({"environments": 0.05, "jitter": 0.0, "CTGAN": -0.03}))
    found = against_default(table)
    assert found.loc["environments", "difference"] == pytest.approx(-0.05, abs=0.002)
    assert found.loc["CTGAN", "difference"] == pytest.approx(0.03, abs=0.002)
    assert list(found["tables"]) == [30] * 3 and (found["p (Holm)"] >= found["p"]).all()
    assert found.loc["environments", "p (Holm)"] < 0.01 < 0.05 < found.loc["jitter", "p (Holm)"]
    assert found.loc["environments", "wins"] == 30 == found.loc["CTGAN", "losses"]
    kinds = by_kind(table)
    assert set(kinds) == {"covariate", "natural", "label"} and kinds["label"].loc["jitter", "tables"] == 10


def test_a_run_that_one_method_lacks_leaves_the_others_comparison_alone():
    rows = grid({"environments": 0.05, "jitter": 0.0}, n=6)
    lacking = rows[~((rows["label"] == "jitter") & (rows["dataset"] == "tail0"))]
    found = against_default(runs(lacking))
    assert found.loc["environments", "tables"] == 18 and found.loc["jitter", "tables"] == 17
    assert len(overview(runs(lacking))) == 3


def test_the_worst_domain_and_the_trend():
    made = runs(pd.DataFrame([row("d0", "domain", "default", 0.5, 0.6, domains={"a": 0.3, "b": -0.1})]))
    assert made.loc[0, "worst_log_loss"] == pytest.approx(0.9)
    inside = pd.DataFrame({"x": [0.1, 0.2, 0.3], "y": [0.1, 0.2, 0.3]})
    outside = 2 * inside + 0.1 + np.array([[0.05, -0.05]] * 3)
    left = residuals(inside, outside)
    np.testing.assert_allclose(left, [[0.05, -0.05]] * 3)
    assert np.isfinite(residuals(inside * 0, outside)).all(axis=None)


def test_the_goal_needs_the_distance_its_interval_and_no_loss_on_the_first_test():
    effects = {"environments": 0.05, "causalmix": 0.01, "worse inside": 0.05}
    found = closer(runs(grid(effects, inside={"worse inside": 0.04})))
    assert found.loc["environments", "closer"] == pytest.approx(0.25, abs=0.01)
    assert found["goal"].to_dict() == {
        "environments": "reached",
        "causalmix": "not reached",
        "worse inside": "not reached",
    }
    assert found.loc["worse inside", "closer"] > 0.1, "its second test is nearer, because its first is worse"


def test_closeness_has_no_figure_where_the_baseline_loses_nothing():
    inside = pd.DataFrame({"m": [0.5] * 8, "default": [0.5] * 8})
    share, low, high = closeness(inside, inside - 0.1, "m")
    assert np.isnan([share, low, high]).all()
    assert np.isnan(closeness(inside.iloc[:0], inside.iloc[:0], "m")).all()


def test_the_sentence_says_what_was_found_and_what_was_not():
    helps = runs(grid({"environments": 0.05, "moved rows + environments": 0.01}))
    assert finding(helps).startswith("Causal environments make fine-tuning more robust under shift")
    assert "without a causal model do less" in finding(helps) and "30 tables" in finding(helps)
    twins = runs(grid({"environments": 0.05, "moved rows + environments": 0.05}))
    assert "cannot be put down to causes" in finding(twins)
    assert "was not measured on enough tables" in finding(runs(grid({"environments": 0.05})))
    assert finding(runs(grid({"environments": -0.05}))).startswith("Causal environments harm")
    nothing = finding(runs(grid({"environments": 0.0})))
    assert nothing.startswith("No effect of causal environments under shift was found") and "p = " in nothing
    assert finding(runs(grid({"environments": 0.05}, n=1))).startswith("Open: 3 tables")
    assert finding(runs(grid({"jitter": 0.05}))).startswith("Open: 0 tables")


def test_causal_rows_are_told_beside_whatever_was_measured():
    (told,) = beside_others(runs(grid({"causalmix": 0.05, "jitter": 0.02, "copula": 0.05, "environments": 0.1})))
    assert "default fine-tuning -0.0499" in told and "jitter -0.03" in told and "30 tables" in told
    assert "copula +0.00" in told
    assert "mixup" not in told and "environments" not in told
    assert beside_others(runs(grid({"jitter": 0.05}))) == []


def test_controls_decide_nothing():
    good = grid({"environments": 0.05}, n=3)
    marks = pd.DataFrame([size(f"{kind}{k}", kind, True) for kind in ("tail", "domain") for k in range(3)])
    assert finding(runs(pd.concat([good, marks]))).startswith("Open: 3 tables")


def test_the_body_joins_the_three_studies_and_has_one_figure(tmp_path):
    natural, made = (
        grid({"environments": 0.05, "causalmix": 0.0}, n=4),
        grid({"environments": 0.05, "causalmix": 0.0}, n=3),
    )
    natural, made = natural[natural["shift"] == "domain"], made[made["shift"] != "domain"]
    simulated = pd.DataFrame(
        row(f"s{k}", "worlds", label, 0.5, 0.6, domains=dict.fromkeys(WORLDS, 0.1 * k), fold=fold)
        for k in range(8)
        for fold in range(2)
        for label in ("default", "environments", "causalmix")
    )
    results = Results(
        pd.concat([natural, pd.DataFrame([size("domain0", "domain")])]),
        shift.STUDY,
        {"shift_made": made, "shift_simulated": simulated},
    )
    parts = body(results)
    text = "\n".join(str(part) for part in parts)
    (picture,) = (part for part in parts if isinstance(part, Picture))
    picture.figure.savefig(tmp_path / "shift.png")
    assert parts[0].startswith("**Causal environments") and "18 tables" in parts[0]
    assert "This grid is incomplete:" in text and "**Intervention**" in text and "**No shift**" in text
    assert "environments less causalmix, intervention" in text and "The goal under covariate shift" in text
    alone = body(Results(made, shift_made.STUDY))
    assert "**Natural**" not in "\n".join(map(str, alone))
    assert "No row of the method 'default'" in body(Results(made[made["label"] != "default"]))[0]


def test_a_comparison_needs_both_methods():
    means = pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, np.nan]})
    assert compare(means, "a", "c") is None and compare(means[1:], "a", "b") is None
    one = compare(means, "a", "b")
    assert (one.tables, one.mean, one.p, one.decides) == (1, 0.0, 1.0, False)


def test_every_shift_of_the_three_studies_has_a_kind():
    from benchmarks.protocol.interventions import WORLDS as ALL
    from benchmarks.report.shift_runs import KINDS

    named = {split.shift for study in (shift.STUDY, shift_made.STUDY) for split in sum(study.splits.values(), ())}
    assert named | set(ALL) <= set(KINDS) and shift_simulated.STUDY.split.shift == "worlds"


def test_real_and_simulated_tables_are_told_apart():
    some = grid({"causalmix": 0.05}, n=8)
    simulated = grid({"causalmix": 0.3}, n=8, inside={"causalmix": 0.1})
    names = dict(zip(simulated["dataset"].unique(), interventions.DATASETS, strict=False))
    simulated["dataset"] = simulated["dataset"].map(names)
    table = sources(runs(pd.concat([some, simulated.dropna(subset="dataset")], ignore_index=True)))
    found = table.set_index(["tables", "test", "less"])["mean"]
    assert found["real", "shifted", "default"] == pytest.approx(-0.05, abs=0.005)
    assert found["simulated", "shifted", "default"] == pytest.approx(-0.3, abs=0.005)
    assert found["real", "like training", "default"] == 0
    assert found["simulated", "like training", "default"] == pytest.approx(0.1)
    assert (table["p (Holm)"] >= table["p"]).all() and len(table) == 4
    assert by_source(runs(some[some["label"] == "default"])) == []


def test_sizes_that_another_study_measured_make_the_same_controls():
    rows = grid({"causalmix": 0.05}, n=2)
    sized = pd.DataFrame([size("tail0", "tail", control=True), size("tail1", "tail")])
    table = runs(rows, pd.concat([rows, sized], ignore_index=True))
    assert set(table[table["kind"] == CONTROL]["dataset"]) == {"tail0"}
    assert CONTROL not in set(runs(rows)["kind"])
