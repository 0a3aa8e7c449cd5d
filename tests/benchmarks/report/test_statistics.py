"""Statistics on results whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.report import relation
from benchmarks.report.comparison import against, bootstrap_interval, verdicts, wilcoxon_p
from benchmarks.report.gains import by_dataset, normalised, paired, ranks, summary
from benchmarks.report.gaps import gaps, steps_disagree
from benchmarks.report.relation import correlations, joint, over_datasets, over_generators, pairs, sentence

from .made_up import grid, row


def test_the_score_is_the_papers_for_both_directions():
    rows = pd.DataFrame([row("a", 0, "untuned", 0.8), row("a", 0, "m", 0.84)])
    assert normalised(rows).loc[("a", 0), "m"] == pytest.approx(5)
    assert normalised(rows, score="log_loss", sign=-1).loc[("a", 0), "m"] == pytest.approx(20)
    assert normalised(rows[rows["label"] == "m"]).isna().all(axis=None), "no baseline, no gain"


def test_a_method_with_few_runs_is_left_out_and_named_instead_of_taking_the_others_with_it():
    gain = normalised(grid({"whole": 1.0, "broken": 1.0}, n_sets=6))
    gain.iloc[2:, gain.columns.get_loc("broken")] = np.nan
    gain.iloc[0, gain.columns.get_loc("whole")] = np.nan
    complete, short = paired(gain)
    assert short == ["broken"] and len(complete) == 11 and list(complete) == ["untuned", "whole"]


def test_the_summary_knows_medians_spreads_losers_and_ranks():
    gain = normalised(grid({"good": 1.0, "bad": -2.0}, noise=0.0, n_sets=8))
    table = summary(gain)
    assert list(table.index) == ["good", "untuned", "bad"] and list(table["rank"]) == [1, 2, 3]
    assert table.loc["good", "median %"] == pytest.approx(1) and table.loc["good", "± std"] == pytest.approx(
        0, abs=1e-9
    )
    assert table.loc["bad", "below -1 %"] == 1 and table.loc["good", "below -1 %"] == 0
    assert table.loc["good", "IQR"] == "+1.00 to +1.00"


def test_seeds_are_averaged_before_ranks_are_taken():
    """One method wins two folds of three by a hair, the other one fold by far: on the set's mean it is ahead."""
    index = pd.MultiIndex.from_product([["a"], range(3)], names=["dataset", "fold"])
    gain = pd.DataFrame({"often": [0.1, 0.1, 0.0], "far": [0.0, 0.0, 9.0]}, index=index)
    assert ranks(gain).to_dict() == {"often": 2.0, "far": 1.0}
    assert by_dataset(gain).loc["a", "far"] == 3


def test_a_planted_lead_is_found_and_its_twin_is_a_tie():
    gain = normalised(grid({"scm": 0.5, "worse": 0.0, "better": 1.0, "twin": 0.5}, noise=0.3))
    by_name = {verdict.second: verdict for verdict in verdicts(gain, "scm", ["worse", "better", "twin", "absent"])}
    assert {name: verdict.result for name, verdict in by_name.items()} == {
        "worse": "ahead",
        "better": "behind",
        "twin": "tie",
    }
    assert by_name["worse"].sentence.startswith("scm less worse: +0.") and "on 33 sets" in by_name["worse"].sentence


def test_ties_are_rarely_called_leads():
    """Twenty pairs of equal methods at the level of .05: a test that cheats would call far more than three."""
    called = 0
    for seed in range(20):
        gain = normalised(grid({"scm": 0.5, "twin": 0.5}, noise=0.3, seed=seed))
        called += verdicts(gain, "scm", ["twin"])[0].result != "tie"
    assert called <= 3


def test_few_sets_decide_nothing():
    gain = normalised(grid({"scm": 5.0, "worse": 0.0}, n_sets=5))
    assert verdicts(gain, "scm", ["worse"])[0].result == "too few sets"


def test_wins_ties_and_losses_are_counted_and_corrected():
    def first_sets_win(k):
        return 1.0 if k < 6 else 0.0 if k < 8 else -1.0

    gain = normalised(grid({"mixed": first_sets_win, "same": 0.0}, n_sets=11, noise=0.0))
    table = against(gain, "untuned")
    assert table.loc["mixed", ["wins", "ties", "losses"]].tolist() == [6, 2, 3]
    assert table.loc["same", ["wins", "ties", "losses"]].tolist() == [0, 11, 0] and table.loc["same", "p"] == 1
    assert table.loc["mixed", "p (Holm)"] == pytest.approx(2 * table.loc["mixed", "p"])


def test_wilcoxon_and_the_interval_agree_with_what_is_known():
    assert wilcoxon_p(np.zeros(9)) == 1
    assert wilcoxon_p(np.arange(1.0, 9.0)) == pytest.approx(2 * 2**-8)
    values = np.random.default_rng(1).normal(2.0, 1.0, 400)
    low, high = bootstrap_interval(values)
    assert low < values.mean() < high and high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


# -- validation and test ----------------------------------------------------------------------------


def steps(validation, test):
    return {f"{side}_{score}": list(values) for side, values in (("validation", validation), ("test", test))
            for score in ("auc", "log_loss")}  # fmt: skip


def test_steps_that_validation_orders_as_test_does_have_no_gap():
    rising = np.linspace(0.5, 0.9, 9)
    assert steps_disagree(steps(rising, rising**2), "auc") == pytest.approx(0)
    assert steps_disagree(steps(rising, -rising), "auc") == pytest.approx(2)
    assert np.isnan(steps_disagree(steps(rising, np.full(9, 0.7)), "auc")) and np.isnan(steps_disagree(None, "auc"))
    unknown = [None, *rising]
    assert steps_disagree(steps(unknown, [0.1, *rising]), "log_loss") == pytest.approx(0)


def test_the_gap_of_the_kept_step_is_what_validation_promised_less_what_test_gave():
    rows = pd.DataFrame(
        [
            row("a", 0, "untuned", 0.80),
            row("a", 0, "m", 0.81, kept=2, steps=steps([0.70, 0.72, 0.75, 0.6], [0.8, 0.8, 0.8, 0.9])),
            row("a", 1, "untuned", 0.60),
            row("a", 1, "m", 0.60, kept=0, steps=steps([0.70, 0.69, 0.68, 0.67], [0.6, 0.5, 0.4, 0.3])),
        ]
    )
    gap = gaps(rows).loc["m"]
    assert gap["(b) x 100"] == pytest.approx(np.median([4.0, 0.0])) and gap["runs"] == 2


# -- fidelity and gain --------------------------------------------------------------------------------


def planted(strength, seed=0, n_sets=33):
    """Methods that are faithful where they gain, as strongly as asked."""
    rng = np.random.default_rng([seed, 1])  # not the stream that the gains' noise comes from
    effects = {f"g{k}": (lambda j, k=k: 0.3 * k + 0.2 * np.sin(j + k)) for k in range(6)}

    def faithful(label, k, gain):
        return 0.5 + 0.05 * strength * gain + 0.02 * rng.standard_normal()

    rows = grid(effects, n_sets=n_sets, noise=0.3, seed=seed, faithful=faithful)
    return pairs(rows, normalised(rows))


def test_every_pair_of_a_set_and_a_method_counts_once():
    frame = planted(1.0)
    assert len(frame) == 33 * 6 and set(frame["label"]) == {f"g{k}" for k in range(6)}
    assert not frame["gain"].isna().any()


def test_methods_are_compared_on_the_folds_that_all_of_them_have():
    effects = {"short": 0.0, "long": 0.0}
    rows = grid(effects, n_sets=8, folds=3, noise=1.0, faithful=lambda label, k, gain: 0.5 + gain / 100)
    gain = normalised(rows)
    short = rows[(rows["label"] != "short") | (rows["fold"] == 0)]
    frame = pairs(short, normalised(short)).set_index(["dataset", "label"])
    assert len(frame) == 16
    assert frame.loc[("set3", "long"), "gain"] == pytest.approx(gain.loc[("set3", 0), "long"])
    assert frame.loc[("set3", "long"), "usefulness"] == pytest.approx(0.5 + gain.loc[("set3", 0), "long"] / 100)
    one = short[(short["label"] != "short") | (short["dataset"] == "set0")]
    assert len(pairs(one, normalised(one))) == 9, "one table in common is no reason to forget the others"


def test_rows_that_the_model_labelled_have_no_fidelity_of_their_own():
    rows = grid({"a": 0.3, "b": 0.1}, n_sets=8, noise=0.1, faithful=lambda label, k, gain: 0.5)
    rows["options"] = [{"label_source": "model" if label == "b" else "generator"} for label in rows["label"]]
    assert set(pairs(rows, normalised(rows))["label"]) == {"a"}


def test_in_brief_usefulness_is_told_beside_that_of_real_rows():
    """Real rows are useful where the gain is, and synthetic rows by the same amount less: it is the table alone."""
    rows = grid({f"g{k}": (lambda j: 0.3 * j) for k in range(4)}, n_sets=12, noise=0.01, faithful=lambda *_: 0.5)
    number = rows["dataset"].str.removeprefix("set").astype(int)
    rows["fidelity_on_test"] = [
        None if found is None else found | {"usefulness": 0.25 + k / 64, "usefulness_of_training": 0.5 + k / 64}
        for found, k in zip(rows["fidelity_on_test"], number, strict=True)
    ]
    table = correlations(pairs(rows, normalised(rows)), brief=True).set_index(["measure", "statistic"])["value"]
    assert table["usefulness of real rows", "over data sets"] > 0.9 and table["usefulness", "over data sets"] > 0.9
    assert "jointly" not in table.index.get_level_values("statistic")
    assert ("usefulness less that of real rows", "over data sets") not in table.index, "it is the same everywhere"


@pytest.mark.parametrize("statistic", [over_datasets, over_generators, joint])
def test_a_planted_relation_is_found_with_its_sign_and_none_where_there_is_none(statistic):
    strong, none, opposite = (statistic(planted(strength), "usefulness") for strength in (3.0, 0.0, -3.0))
    assert strong > 0.5 and opposite < -0.5 and abs(none) < 0.2
    # Figures of which less is better are turned.
    assert statistic(planted(3.0), "hard to tell from real rows") == pytest.approx(strong)


@pytest.mark.slow
def test_intervals_hold_what_was_planted_and_say_so_in_one_sentence(monkeypatch):
    monkeypatch.setattr(relation, "JOINT_RESAMPLES", 25)
    table = correlations(planted(3.0)).set_index(["measure", "statistic"])
    assert (table["low"] > 0).all() and (table["low"] <= table["value"]).all() and (table["n"] == 198).all()
    assert "15 of 15 intervals leave out zero, one in twenty would by chance (198 pairs" in sentence(
        table.reset_index()
    )
    nothing = correlations(planted(0.0, seed=3))
    assert (nothing["low"] < 0.1).all() and (nothing["high"] > -0.1).all()


def test_nothing_clear_is_said_plainly():
    columns = ["measure", "statistic", "value", "low", "high", "n"]
    told = sentence(pd.DataFrame([("m", "jointly", 0.1, -0.1, 0.3, 20)], columns=columns))
    assert told == (
        "Fidelity does not foretell the gain: none of the 1 intervals leaves out zero "
        "(20 pairs of a table and a method)."
    )


def test_few_sets_and_gaps_give_no_number_instead_of_a_wrong_one():
    frame = planted(3.0, n_sets=3)
    table = correlations(frame)
    assert table["low"].isna().all()
    assert sentence(table).startswith("Whether fidelity foretells the gain is open: 18 pairs"), (
        "no claim from no interval"
    )
    frame = planted(3.0)
    frame.loc[frame["label"] == "g0", "usefulness"] = np.nan
    assert over_datasets(frame, "usefulness") > 0.5 and joint(frame, "usefulness") > 0.5
