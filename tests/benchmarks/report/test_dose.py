"""The report of dose and response finds effects that were put in, model by model."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.report.dose import FIDELITY, body, gain_by_model, last_step, paired_gains, response, summarise
from benchmarks.report.figures import Picture
from benchmarks.report.results import Results
from tests.benchmarks.report.made_up import row

#: Drop in log loss and fidelity by method: the more faithful, the better.
EFFECTS = {"true SCM": (0.08, 0.5), "true graph": (0.06, 0.4), "cut": (0.02, 0.2), "none": (-0.01, 0.1)}


def rows(noise=0.005, sizes=(50, 200), n_models=8):
    rng, made = np.random.default_rng(0), []
    for size in sizes:
        for model in range(n_models):
            for fold in range(2):
                about = (f"simulated-{model:02d}", fold)
                base = float(rng.uniform(0.5, 0.8))
                made.append(row(*about, "untuned", 0.7, log_loss=base, rows=size))
                for label, (effect, faithful) in EFFECTS.items():
                    gain = effect * 50 / size + noise * rng.standard_normal()
                    steps = {"test_log_loss": [base, base - 0.5 * gain, base - 2 * gain]}
                    loss = {"log_loss": base - gain, "rows": size}
                    made.append(row(*about, label, 0.7 + gain, faithful=faithful, steps=steps, **loss))
    return pd.DataFrame(made)


def test_gains_are_means_over_models_with_intervals_that_hold_them():
    table = summarise(rows(), 50)
    assert list(table.index) == list(EFFECTS) and (table["models"] == 8).all()
    for label, (effect, faithful) in EFFECTS.items():
        one = table.loc[label]
        assert one["log loss gain"] == pytest.approx(effect, abs=0.004)
        assert one["log loss low"] <= one["log loss gain"] <= one["log loss high"]
        assert one["ROC-AUC gain"] == pytest.approx(one["log loss gain"])
        assert one["two_sample_auc"] == pytest.approx(1 - faithful)


def test_a_run_that_a_method_lacks_counts_for_none():
    table = rows(noise=0.0)
    lacking = table.drop(table.query("label == 'cut' and dataset == 'simulated-00' and rows == 50").index)
    gain = gain_by_model(lacking, "log_loss")
    assert (50, "simulated-00") not in gain.index and (200, "simulated-00") in gain.index and len(gain) == 15


def test_response_is_positive_where_the_faithful_gain_and_negative_where_they_lose():
    found = response(rows(noise=0.0))
    assert list(found["rows"].unique()) == [50, 200] and set(found["fidelity"]) == set(FIDELITY)
    assert found["mean correlation"].tolist() == pytest.approx([1] * 6)
    turned = rows(noise=0.0)
    turned.loc[turned["label"] != "untuned", "log_loss"] *= -1
    untuned = turned["label"] == "untuned"
    turned.loc[untuned, "log_loss"] *= -1
    assert response(turned)["mean correlation"].tolist() == pytest.approx([-1] * 6)


def test_copies_of_real_rows_are_left_out_once():
    """By two-sample ROC-AUC they are the most faithful rows; here they gain least."""
    table = rows(noise=0.0)
    worst = table[table["label"] == "none"]
    copied = [dict(one, two_sample_auc=0.4) for one in worst["fidelity_on_test"]]
    copies = worst.assign(label="bootstrap", log_loss=worst["log_loss"] + 0.1, fidelity_on_test=copied)
    table = pd.concat([table, copies], ignore_index=True)
    told = [part for part in body(Results(table)) if isinstance(part, str)]
    (with_copies,) = (k for k, part in enumerate(told) if ", all synthetic rows," in part)
    (without,) = (k for k, part in enumerate(told) if ", all but copies of real ones," in part)

    def correlation(at):
        line = next(line for line in told[at + 1].splitlines() if "two_sample_auc" in line)
        return float(line.split("|")[5])

    assert correlation(with_copies) < 0.5 and correlation(without) == pytest.approx(1)


def test_the_last_step_is_compared_with_the_first_of_the_same_fit():
    table = last_step(rows(noise=0.0))
    assert list(table) == [50, 200] and list(table.index) == list(EFFECTS)
    assert table.loc["true SCM", 50] == pytest.approx(0.16) and table.loc["none", 200] == pytest.approx(-0.005)


def test_a_size_at_which_fewer_methods_were_measured_is_told_with_those():
    made = rows(noise=0.0)
    beside = made[(made["label"] == "cut") & (made["rows"] == 50)].assign(label="permuted columns")
    made = pd.concat([made, beside], ignore_index=True)
    assert last_step(made).loc["true SCM", 200] == pytest.approx(0.04)
    assert np.isnan(last_step(made).loc["permuted columns", 200])
    found = response(made).set_index(["rows", "fidelity"])["methods"]
    assert found[50, "usefulness"] == 5 and found[200, "usefulness"] == 4
    assert "the kinds that every size has" in "\n".join(str(part) for part in body(Results(made)))


def test_the_body_has_a_table_for_each_size_and_one_figure():
    parts = body(Results(rows()))
    text = "\n".join(str(part) for part in parts)
    assert "**50 training" in text and "**200 training" in text and "| true graph" in text
    assert sum(isinstance(part, Picture) for part in parts) == 1
    assert "No row of the method 'untuned'" in body(Results(rows().query("label != 'untuned'")))[0]


def test_the_rule_asks_for_no_method_but_its_own():
    made = rows(sizes=(50, 100, 200, 500)).replace({"label": {"cut": "copula", "none": "no synthetic rows"}})
    found = made[made["label"] == "true graph"].assign(label="discovered graph")
    beside = made[(made["label"] == "true graph") & (made["rows"] < 500)].assign(label="bootstrap")
    text = body(Results(pd.concat([made, found, beside], ignore_index=True)))[0]
    assert text.startswith("By the rule that was fixed beforehand") and "at 50, 100" in text


def test_a_fold_of_some_methods_confirms_and_counts_nowhere_else():
    names = {"cut": "copula", "none": "no synthetic rows"}
    made = rows(sizes=(50, 100, 200, 500)).replace({"label": names})
    made = pd.concat([made, made[made["label"] == "true graph"].assign(label="discovered graph")], ignore_index=True)
    some = made["label"].isin(["untuned", "true graph", "copula"]) & (made["rows"] >= 200)
    with_part = body(Results(made[(made["fold"] == 0) | some]))
    alone = body(Results(made[made["fold"] == 0]))
    with_part, alone = ([part for part in parts if isinstance(part, str)] for parts in (with_part, alone))
    (at,) = (k for k, part in enumerate(with_part) if part.startswith("On the second fold"))
    assert "confirmed" in with_part[at] and with_part[:at] + with_part[at + 2 :] == alone


def test_what_the_truth_is_worth_is_told_in_pairs():
    table = paired_gains(rows(), 50)
    assert list(table.index) == ["true SCM less true graph"], "of the pairs those that were measured"
    one = table.iloc[0]
    assert one["mean"] == pytest.approx(0.02, abs=0.005) and one["95 % low"] < one["mean"] < one["95 % high"]
    assert one["models"] == 8 and one["better"] == 8 and one["p"] == one["p (Holm)"] < 0.05
