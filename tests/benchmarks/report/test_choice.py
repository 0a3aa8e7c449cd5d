"""Default or mixing, whichever validates better: told from made-up rows whose answer is known."""

import pandas as pd
import pytest

from benchmarks.report.choice import by_validation, choices

from .made_up import row


def rows(validation, label="causalmix", n_sets=8):
    """On even tables mixing tests .1 better, on odd ones .3 worse; ``validation`` gives the two validation losses."""
    made = []
    for k in range(n_sets):
        tested = {"default": 0.5, label: 0.4 if k % 2 == 0 else 0.8}
        for fold in (0, 1):
            for name, loss in tested.items():
                more = {"log_loss": loss, "validation_log_loss": validation(name, k)}
                made.append(row(f"set{k}", fold, name, 1 - loss, **more))
    return pd.DataFrame(made)


def test_a_validation_that_knows_takes_the_better_one_everywhere():
    table = choices(rows(lambda name, k: 0.5 if name == "default" else 0.4 + 0.4 * (k % 2)))
    less_none = table.loc["causalmix or none, less none, log loss"]
    assert (less_none["runs that mix"], less_none["wins"], less_none["ties"], less_none["losses"]) == (0.5, 4, 4, 0)
    assert less_none["mean difference"] == pytest.approx(0.05)
    less_mixing = table.loc["causalmix or none, less causalmix, ROC-AUC"]
    assert less_mixing["mean difference"] == pytest.approx(0.15) and less_mixing["wins"] == 4


def test_one_that_misleads_loses_and_a_tie_is_none():
    table = choices(rows(lambda name, k: 0.5 if name == "default" else 0.8 - 0.4 * (k % 2)))
    assert table.loc["causalmix or none, less none, log loss", "mean difference"] == pytest.approx(-0.15)
    table = choices(rows(lambda name, k: 0.5))
    assert (table["runs that mix"] == 0).all()
    assert (table.filter(like="less none", axis=0)["ties"] == 8).all()


def test_twins_are_judged_alike_and_without_validation_there_is_nothing():
    def validation(name, k):
        return 0.5 if name == "default" else 0.4 + 0.4 * (k % 2)

    twin = choices(rows(validation, "copula"))
    mixed = choices(rows(validation))
    assert twin.to_numpy().tolist() == mixed.to_numpy().tolist() and all(twin.index.str.contains("copula"))
    assert by_validation(rows(validation).drop(columns="validation_log_loss")) == []
    heading, text, shown = by_validation(rows(validation))
    assert (
        heading.startswith("## ")
        and "twice the seconds" in text
        and "| causalmix or none, less none, log loss" in shown
    )
    alone = rows(validation)
    assert by_validation(alone[alone["label"] != "default"]) == []
