"""How a table's cells become the numbers that Mitra reads."""

from __future__ import annotations

from dataclasses import dataclass

from autogluon_causalmix.checks import check_choice

__all__ = ["MISSING_NUMBERS", "EncodingOptions"]

MISSING_NUMBERS = ("mean", "indicator", "lowest")


@dataclass(frozen=True)
class EncodingOptions:
    """How a table's cells become the numbers that Mitra reads.

    Attributes
    ----------
    missing_numbers : {"mean", "indicator", "lowest"}, default "mean"
        What a missing number becomes, in real, synthetic and later rows alike: the column's training
        mean; the mean, beside a column of its own that is 1 where the number is missing; or one
        level below every number of the column. The last two speak of columns with missing cells in
        training; elsewhere a missing number is the mean, for nothing could be learned of it.
        A missing category is a level below all others in any case.
        The mean is the default by a rule that was fixed before the scores (benchmarks/studies/
        missing_values.py): over 24 real tables, untuned, the other two are not reliably better (log
        loss .5028, .4977 and .4993; Wilcoxon's p .68 and .24). An indicator is worth trying where a
        missing cell itself tells the class: it helps much on a few such tables (survival/myeloid, where
        an event that has not come has no date: .628 to .569; Stat2Data/Goldenrod: .607 to .533) and
        costs a little elsewhere (eight tables with cells blanked by a rule: .3749 to .3802).
        A view that mirrors columns shows the lowest level above all numbers, apart from them as before.
        In rows of the "scm" generator numbers are missing together as in real rows, drawn before their values: missing
        cells of columns of more than two numbers tell of a class only where the column is among its causes in the DAG,
        and nothing of a target that is a number.

    Raises
    ------
    OptionError
        For a value that is impossible.

    Examples
    --------
    >>> EncodingOptions(missing_numbers="indicator").missing_numbers
    'indicator'
    >>> EncodingOptions(missing_numbers="indicators")
    Traceback (most recent call last):
    autogluon_causalmix.errors.OptionError: missing_numbers='indicators' is not one of ...; did you mean 'indicator'?
    """

    missing_numbers: str = "mean"

    def __post_init__(self) -> None:
        check_choice("missing_numbers", self.missing_numbers, MISSING_NUMBERS)
