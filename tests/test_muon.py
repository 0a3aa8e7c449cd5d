"""StackedMuon is torch's Muon, a stack at a time."""

import torch

from autogluon_causalmix.pretraining.muon import StackedMuon


def matrices(seed=0):
    generator = torch.Generator().manual_seed(seed)
    shapes = [(8, 8), (8, 8), (32, 8), (8, 32), (32, 8)]
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]


def test_steps_equal_torchs_muon():
    ours, theirs = matrices(), matrices()
    stacked, reference = (
        StackedMuon(ours, momentum=0.9),
        torch.optim.Muon(theirs, lr=0.02, weight_decay=0, momentum=0.9),
    )
    generator = torch.Generator().manual_seed(1)
    for _ in range(4):
        for a, b in zip(ours, theirs, strict=True):
            a.grad = torch.randn(a.shape, generator=generator)
            b.grad = a.grad.clone()
        stacked.step(0.02)
        reference.step()
    for start, a, b in zip(matrices(), ours, theirs, strict=True):
        moved = (b - start).norm()
        assert moved > 0.05
        assert (a - b).norm() < 0.02 * moved, "bfloat16's rounding at most"


def test_a_matrix_without_a_gradient_signal_stays():
    ours = matrices()
    stacked = StackedMuon(ours)
    for a in ours:
        a.grad = torch.zeros_like(a)
    stacked.step(0.02)
    for start, a in zip(matrices(), ours, strict=True):
        assert torch.equal(start, a)


def test_a_restored_state_goes_on_alike():
    first, second = matrices(), matrices()
    a, b = StackedMuon(first), StackedMuon(second)
    for p, q in zip(first, second, strict=True):
        p.grad, q.grad = torch.ones_like(p), torch.ones_like(q)
    a.step(0.02)
    with torch.no_grad():
        for p, q in zip(first, second, strict=True):
            q.copy_(p)
    b.load_state_dict({name: buffer.clone() for name, buffer in a.state_dict().items()})
    a.step(0.02)
    b.step(0.02)
    assert all(torch.equal(p, q) for p, q in zip(first, second, strict=True))
