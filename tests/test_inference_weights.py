"""Products of predictions are the layer's own, with oneDNN's fused call and without."""

import types

import pytest
import torch
import torch.nn.functional as F

from autogluon_causalmix.incontext import inference_weights as module
from autogluon_causalmix.incontext import mitra


@pytest.fixture
def tab2d():
    return mitra.new_tab2d(32, 2, 2, seed=0).eval()


@pytest.mark.parametrize("fuses", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_products_are_the_layers(monkeypatch, tab2d, dtype, fuses):
    if not fuses:
        monkeypatch.setattr(module, "_fuses", lambda: False)
    x = torch.randn(5, 3, 32, generator=torch.Generator().manual_seed(0))
    layer, weights = tab2d.layers[0], module.inference_weights(tab2d, dtype).layers[0]
    with torch.no_grad():
        up, down = weights.feed_forward[0]
        ours = down(up(x.to(dtype)))
        exact = layer.linear2(F.gelu(layer.linear1(x)))
        across = torch.cat([part(x) for part in (layer.attention2.q, layer.attention2.k, layer.attention2.v)], dim=-1)
        assert ours.dtype == weights.norms[0](x).dtype == dtype
        tolerance = 2e-2 if dtype == torch.bfloat16 else 1e-5
        torch.testing.assert_close(ours.float(), exact, atol=tolerance, rtol=tolerance)
        torch.testing.assert_close(weights.across(x.to(dtype)).float(), across, atol=tolerance, rtol=tolerance)


def test_a_torch_without_the_fused_call_or_with_a_wrong_one_is_found_out(monkeypatch):
    def wrong(x, weight, *others):
        return F.linear(x, weight)

    for broken in (types.SimpleNamespace(), types.SimpleNamespace(default=wrong)):
        monkeypatch.setattr(torch.ops.mkldnn, "_linear_pointwise", broken)
        module._fuses.cache_clear()
        assert not module._fuses()
    module._fuses.cache_clear()


def test_later_changes_of_the_model_are_not_seen(tab2d):
    weights = module.inference_weights(tab2d, torch.float32)
    x = torch.ones(2, 3, 32)
    before = weights.layers[0].query(x)
    with torch.no_grad():
        for parameter in tab2d.parameters():
            parameter.zero_()
    assert torch.equal(weights.layers[0].query(x), before)
    assert weights.mask.any()
