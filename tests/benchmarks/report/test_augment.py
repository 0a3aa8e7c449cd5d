"""The report on augmentation finds the effects that were put into made-up rows."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.protocol.tables import DATASETS
from benchmarks.report.augment import body, by_generator, comparisons, counted, halves
from benchmarks.report.results import Results
from benchmarks.report.writer import markdown_of

TABLES = DATASETS[:12]
#: Gains in % of the ROC-AUC.
EFFECTS = {"GBM + scm": 2.0, "GBM + copula": -2.0, "RF + scm": 0.0, "RF + copula": -2.0}


def rows(sizes=(200, 500), small=(), **found):
    rng, made = np.random.default_rng(0), []
    for size in sizes:
        for table in TABLES:
            for fold in range(3):
                for model in ("GBM", "RF"):
                    plain = 0.7 + 0.1 * rng.random()
                    for label in [model, *(one for one in EFFECTS if one.startswith(model))]:
                        effect = EFFECTS.get(label, 0.0) + (0.05 * rng.standard_normal() if label != model else 0.0)
                        mixed = {"shared": False, "seconds_rows": 1.0, "seconds_model": 2.0, "two_sample_auc": 0.7}
                        made.append(
                            {
                                "label": label, "dataset": table, "fold": fold, "rows": size, "status": "ok",
                                "training_rows": 150 if table in small else size,
                                "auc": plain * (1 + effect / 100), "log_loss": 0.5 * (1 - effect / 100), "seconds": 3.0,
                                "fallbacks": None if label == model else "",
                            } | (mixed if label != model else {}) | found
                        )  # fmt: skip
    return pd.DataFrame(made)


def test_each_model_is_compared_with_itself_and_all_comparisons_are_corrected_together():
    table = comparisons(counted(rows(), 200), "auc")
    assert list(table.index) == list(EFFECTS) and (table["sets"] == 12).all()
    for label, effect in EFFECTS.items():
        assert table.loc[label, "mean difference %"] == pytest.approx(effect, abs=0.1)
    assert (table.loc["GBM + scm", "wins"], table.loc["RF + copula", "losses"]) == (12, 12)
    smallest = table["p"].min()
    assert table.loc["GBM + scm", "p (Holm)"] == pytest.approx(4 * smallest)
    assert table.loc["RF + scm", "p (Holm)"] > 0.05


def test_a_lower_log_loss_is_a_gain():
    table = comparisons(counted(rows(), 200), "log_loss")
    assert table.loc["GBM + scm", "mean difference %"] == pytest.approx(1.0, abs=0.1), "hundredths of .5 * .98"
    assert table.loc["GBM + copula", "wins"] == 0
    text = markdown_of(body(Results(rows())))
    assert "mean difference x 100" in text and "tuning: mean x 100" in text and "mean difference %" in text


def test_kinds_of_rows_over_the_models_and_the_halves_of_the_list():
    table = by_generator(counted(rows(), 200), "auc")
    assert list(table.index) == ["scm", "copula"]
    assert table.loc["scm", "mean difference %"] == pytest.approx(1.0, abs=0.1)
    apart = halves(counted(rows(), 200), "auc")
    assert list(apart.columns) == ["confirming: mean %", "tuning: mean %"]
    assert apart.loc["copula"].tolist() == pytest.approx([-2.0, -2.0], abs=0.1)


def test_tables_without_more_rows_at_a_larger_size_count_once():
    small = TABLES[:3]
    made = rows(small=small)
    assert counted(made, 200)["dataset"].nunique() == 12
    assert set(counted(made, 500)["dataset"]) == set(TABLES[3:])


def test_the_answer_comes_first_and_names_who_gains():
    text = markdown_of(body(Results(rows())))
    assert "## At most 200 training rows: 12 tables, 3 folds" in text and "## At most 500" in text
    assert (
        "**ROC-AUC: 1 of 4 combinations gain beyond chance (GBM + scm), 2 lose (GBM + copula, RF + copula); 1 " in text
    )
    assert "nan" not in text.split("Medians by method")[0]


def test_few_tables_tell_nothing_and_lost_rows_are_counted():
    few = rows()
    few = few[few["dataset"].isin(TABLES[:2])].assign(fallbacks="no synthetic rows (ValueError: no)")
    text = markdown_of(body(Results(few)))
    assert "fewer than 6 tables have both; nothing can be told" in text
    assert "fits had no synthetic rows after all: no synthetic rows (ValueError: no)." in text


def test_rows_of_plain_models_alone_are_no_error():
    plain = rows()
    plain = plain[~plain["label"].str.contains("+", regex=False)].drop(
        columns=["shared", "seconds_rows", "seconds_model", "two_sample_auc"]
    )
    assert "No run has both a plain model and one with synthetic rows" in markdown_of(body(Results(plain)))
