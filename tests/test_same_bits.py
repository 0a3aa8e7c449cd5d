"""Kernels whose result depends on the number of rows are found out."""

from dataclasses import replace

import pytest
import torch

from autogluon_causalmix.incontext import inference_attention, mitra
from autogluon_causalmix.incontext.inference_weights import inference_weights
from autogluon_causalmix.incontext.same_bits import attention_agrees, layer_agrees

COLUMNS, DIM = 3, 16
PARTS = ["query", "mix_rows", "across", "mix_columns", "feed_forward"]


@pytest.fixture
def layer():
    return inference_weights(mitra.new_tab2d(DIM, 1, 2, seed=0), torch.float32).layers[0]


@pytest.fixture
def keys_values():
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(COLUMNS, 2, 30, DIM // 2, generator=generator) for _ in range(2))


@pytest.fixture
def steady(monkeypatch):
    """Kernels that agree, on any machine."""
    monkeypatch.setattr(inference_attention, "attend_to_support", lambda q, *keys_values: q)
    monkeypatch.setattr(inference_attention, "attend_across_columns", lambda x, n_heads: x)


def with_products(layer, product):
    """The layer with all of its products replaced."""
    pairs = ((product, product), (product, product))
    return replace(layer, query=product, mix_rows=product, across=product, mix_columns=product, feed_forward=pairs)


def moved(x):
    """A last bit that depends on the number of rows, in one of thousands of numbers."""
    x = x.clone()
    x.view(-1)[-1 if len(x) == 128 else 0] *= 1 + 2**-23
    return x


def test_steady_kernels_agree(layer, keys_values, steady):
    assert layer_agrees(with_products(layer, lambda x: x), keys_values, 128, 4)
    assert attention_agrees(layer, keys_values, 128, 64)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("part", [1, 16, 64])
def test_one_product_that_moves_is_enough(layer, keys_values, steady, name, part):
    steady_layer = with_products(layer, lambda x: x)
    change = ((moved, lambda x: x),) * 2 if name == "feed_forward" else moved
    assert not layer_agrees(replace(steady_layer, **{name: change}), keys_values, 128, part)


@pytest.mark.parametrize("name", ["attend_to_support", "attend_across_columns"])
def test_an_attention_that_moves_is_enough(layer, keys_values, steady, monkeypatch, name):
    monkeypatch.setattr(inference_attention, name, lambda x, *others: moved(x))
    assert not layer_agrees(with_products(layer, lambda x: x), keys_values, 128, 16)
    if name == "attend_to_support":
        assert not attention_agrees(layer, keys_values, 128, 16)
