"""What says that a GPU's memory ran out, and what gives it back."""

import pytest
import torch

from autogluon_causalmix.finetune import estimator as estimators
from autogluon_causalmix.incontext.gpu_memory import free_gpu_memory, ran_out_of_gpu_memory

from .conftest import blobs, estimator


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("CUDA error: out of memory\nCompile with `TORCH_USE_CUDA_DSA`"), True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), False),
        (MemoryError("CUDA out of memory"), False),
    ],
)
def test_a_full_gpu_is_told_from_faults_and_from_a_full_host(error, says):
    assert ran_out_of_gpu_memory(error) is says


def test_memory_is_given_back_on_a_gpu_alone_and_at_the_end_of_a_fit(tiny_classifier, monkeypatch):
    freed, asked = [], []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: freed.append(True))
    for device in ("cpu", "cuda", "cuda:1"):
        free_gpu_memory(device)
    assert len(freed) == 2
    monkeypatch.setattr(estimators, "free_gpu_memory", asked.append)
    estimator(tiny_classifier, mix_ratio=0).fit(*blobs(60))
    assert asked == ["cpu"]
