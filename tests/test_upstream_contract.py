"""What of Mitra's private package this one relies on, and the faults of its that are absent here.

When AutoGluon moves, these tests say what moved; `incontext/mitra.py` is the only file to change.
"""

import copy

import numpy as np
import pytest
import torch

from autogluon_causalmix.incontext import mitra
from autogluon_causalmix.incontext.quantiles import quantile_codes


def tab2d(regression=False, seed=0):
    return mitra.new_tab2d(16, 3, 2, regression=regression, seed=seed).eval()


def no_padding(x_support, x_query):
    b, n, f = x_support.shape
    return (
        torch.zeros(b, f, dtype=torch.bool),
        torch.zeros(b, n, dtype=torch.bool),
        torch.zeros(b, x_query.shape[1], dtype=torch.bool),
    )


def episode(regression=False, b=2, n=40, m=15, f=5, seed=0):
    rng = torch.Generator().manual_seed(seed)
    x_support = torch.randn(b, n, f, generator=rng).round(decimals=1)
    x_support[:, :, 1] = 3.0
    x_query = torch.randn(b, m, f, generator=rng)
    y = torch.rand(b, n, generator=rng) if regression else torch.randint(0, 4, (b, n), generator=rng)
    return x_support, y, x_query


@pytest.mark.parametrize("regression", [False, True])
def test_our_forward_pass_equals_tab2d(regression):
    model = tab2d(regression)
    x_support, y, x_query = episode(regression)
    with torch.no_grad():
        theirs = model(x_support.clone(), y.clone(), x_query.clone(), *no_padding(x_support, x_query))
        ours = mitra.in_context_logits(model, x_support, y, x_query)
        codes_support, codes_query = quantile_codes(x_support, x_query)
        cache = mitra.encode_support(model, codes_support, y)
        parts = [mitra.query_logits(model, cache, part) for part in codes_query.split(4, dim=1)]
    theirs = theirs.unsqueeze(-1) if regression else theirs
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(torch.cat(parts, dim=1), theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("recompute", [False, True])
def test_gradients_equal_tab2d(recompute):
    theirs, ours = tab2d(), tab2d()
    x_support, y, x_query = episode()
    theirs(x_support.clone(), y.clone(), x_query.clone(), *no_padding(x_support, x_query)).square().mean().backward()
    mitra.in_context_logits(ours, x_support, y, x_query, recompute=recompute).square().mean().backward()
    for (name, a), b in zip(theirs.named_parameters(), ours.parameters(), strict=True):
        if a.grad is not None:
            torch.testing.assert_close(b.grad, a.grad, atol=1e-5, rtol=1e-3, msg=name)


def test_column_codes_equal_theirs_and_leave_the_input_alone():
    x_support, _, x_query = episode(n=1500)
    before = x_support.clone(), x_query.clone()
    codes = quantile_codes(x_support, x_query)
    assert torch.equal(x_support, before[0])
    assert torch.equal(x_query, before[1])
    f, s, _ = no_padding(x_support, x_query)
    theirs = tab2d().x_quantile(x_support, x_query, s, f)
    for a, b in zip(codes, theirs, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_upstream_still_ignores_padding_on_the_cpu():
    """Why rows are mixed or stacked in equal shapes, never padded: if this fails, padding may be used."""
    model = tab2d()
    x_support, y, x_query = episode(b=1)
    features, support, query = no_padding(x_support, x_query)
    with torch.no_grad():
        plain = model(x_support.clone(), y.clone(), x_query.clone(), features, support, query)
        support[:, -5:] = True
        spoiled = x_support.clone()
        model(spoiled, y.clone(), x_query.clone(), features, support, query)
        alone = model(
            x_support[:, :-5].clone(), y[:, :-5].clone(), x_query.clone(), *no_padding(x_support[:, :-5], x_query)
        )
        padded = model(x_support.clone(), y.clone(), x_query.clone(), features, support, query)
    assert (spoiled == 9999).any(), "the caller's tensor is overwritten"
    assert not torch.allclose(padded, alone, atol=1e-3)
    assert plain.shape == padded.shape


def test_upstream_still_does_not_restore_its_best_weights_on_the_cpu():
    """The fault that `finetune.trainer` avoids by copying: the kept state_dict is the live one."""
    from autogluon.tabular.models.mitra._internal.core.callbacks import Checkpoint

    model = torch.nn.Linear(2, 2)
    keeper = Checkpoint()
    keeper.reset(model)
    keeper(model, 1.0)
    best = copy.deepcopy(model.state_dict())
    with torch.no_grad():
        model.weight.add_(1.0)
    keeper(model, 2.0)
    keeper.set_to_best(model)
    assert not torch.equal(model.weight, best["weight"])


def test_attributes_that_finetune_mitra_reads():
    model = tab2d()
    layer = model.layers[0]
    for part in (
        "layer_norm1",
        "layer_norm2",
        "layer_norm3",
        "layer_norm4",
        "linear1",
        "linear2",
        "linear3",
        "linear4",
    ):
        assert isinstance(getattr(layer, part), torch.nn.Module)
    for attention in (layer.attention1, layer.attention2):
        assert {"q", "k", "v", "o", "n_heads"} <= {*dict(attention.named_children()), *attention.__dict__}
    assert isinstance(model.y_embedding.y_embedding, torch.nn.Embedding)
    assert isinstance(tab2d(regression=True).y_embedding.y_embedding, torch.nn.Linear)
    assert model.y_embedding.y_mask.weight.shape == (1, 16)
    assert model.dim_output == 10


def test_saved_weights_are_theirs(tmp_path):
    from autogluon.tabular.models.mitra._internal.models.tab2d import Tab2D

    model = tab2d()
    model.save_pretrained(str(tmp_path))
    x_support, y, x_query = episode()
    with torch.no_grad():
        ours = mitra.in_context_logits(mitra.load_tab2d(str(tmp_path)), x_support, y, x_query)
        theirs = Tab2D.from_pretrained(str(tmp_path), device="cpu").eval()(
            x_support, y, x_query, *no_padding(x_support, x_query)
        )
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-5)


def test_random_weights_leave_every_devices_random_state_alone(monkeypatch):
    monkeypatch.setattr(torch.cuda, "manual_seed_all", lambda seed: pytest.fail("GPUs were seeded"))
    before = torch.random.get_rng_state()
    one, same = tab2d(seed=3), tab2d(seed=3)
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
