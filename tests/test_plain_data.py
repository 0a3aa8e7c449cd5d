"""Reports can be written as JSON, whatever they hold."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from autogluon_causalmix.plain_data import plain


def test_numbers_of_every_kind_and_what_is_none():
    given = {1: np.float32(1 / 3), "many": (np.int64(2), np.nan, -np.inf, True, None), "path": Path("a")}
    assert plain(1_234_567.25) == 1_234_567.25 and plain(123_456.7) == 123_457.0 and plain(202_300.5) == 202_300.5
    expected = {"1": 0.333333, "many": [2.0, None, None, True, None], "path": "a"}
    assert plain(given) == expected and json.loads(json.dumps(plain(given), allow_nan=False)) == expected


def test_what_users_pass_as_options_can_be_written():
    class Odd:
        def __float__(self):
            raise TypeError("no number after all")

        def __str__(self):
            return "odd"

    given = {
        "array": np.array([[0.3, np.nan]]),
        "series": pd.Series([1, 2]),
        "tensor": torch.tensor([1.5]),
        "odd": Odd(),
    }
    expected = {"array": [[0.3, None]], "series": [1, 2], "tensor": [1.5], "odd": "odd"}
    assert plain(given) == expected and json.loads(json.dumps(plain(given), allow_nan=False)) == expected
    assert plain(np.bool_(True)) is True and plain(np.datetime64("2020-01-02")) == "2020-01-02"
