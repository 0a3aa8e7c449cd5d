"""Did a GPU run out of memory? More than one error says so, and none of them is a fault of what was computed."""

from __future__ import annotations

__all__ = ["ran_out_of_gpu_memory"]

#: In messages of errors of other kinds: cuBLAS and cuDNN ask the driver for memory of their own.
SAID = ("CUDA out of memory", "CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED")


def ran_out_of_gpu_memory(error: BaseException) -> bool:
    """Whether an error means that a GPU had no memory left; false for a host that had none."""
    import torch

    if isinstance(error, torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in SAID)
