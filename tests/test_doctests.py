"""The examples in docstrings of the public names and the options run, and show what they print."""

import doctest
import importlib

import pytest

MODULES = [
    "options",
    "options.weights",
    "options.tuning",
    "options.synthesis",
    "options.wire",
    "options.augmentation",
    "augmentation.frames",
    "augmented_model",
    "causal.discovery",
    "causal.interface",
    "causal.knowledge",
    "findings.finding",
    "metrics.fidelity",
    "model",
    "plots",
    "predictor_report",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name):
    module = importlib.import_module(f"autogluon_causalmix.{name}")
    results = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert results.attempted > 0 and results.failed == 0
