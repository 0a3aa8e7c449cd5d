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
