"""The rule behind mix_ratio="auto"."""

from autogluon_causalmix.synthesis.mixing import LARGEST_AUTO_RATIO, UNMEASURED_RATIO, auto_mix_ratio, rows_beside


def test_rows_that_pass_for_real_get_most_and_strangers_nothing():
    ratios = [auto_mix_ratio(auc, 0.9) for auc in (0.45, 0.5, 0.6, 0.8, 1.0)]
    assert ratios[0] == ratios[1] == LARGEST_AUTO_RATIO
    assert sorted(ratios, reverse=True) == ratios and ratios[-1] == 0


def test_rows_that_teach_nothing_get_none_however_real_they_look():
    assert auto_mix_ratio(0.5, 0.5) == 0.0
    assert auto_mix_ratio(0.5, None) == LARGEST_AUTO_RATIO


def test_a_generator_that_repeats_itself_gets_less():
    assert auto_mix_ratio(0.5, 0.9, 0.1) == 0.1 * auto_mix_ratio(0.5, 0.9)


def test_the_default_where_nothing_could_be_measured():
    assert auto_mix_ratio(None, None) == UNMEASURED_RATIO


def test_rows_beside_real_ones_are_the_share_that_was_asked_for():
    assert rows_beside(20, 0.5, 100) == 20 and rows_beside(30, 0.25, 100) == 10
    assert rows_beside(20, 0.0, 100) == 0 and rows_beside(20, 0.9, 100) == 100
