"""A GPU's memory: did it run out, and giving back what is not needed any more.

More than one error says that it ran out, and none of them is a fault of what was computed.
"""

from __future__ import annotations

__all__ = ["free_gpu_memory", "ran_out_of_gpu_memory"]

#: In messages of errors of other kinds: cuBLAS, cuDNN and the loading of kernels ask the driver for memory of their
#: own, and in some containers the allocator cannot say what it lacks.
SAID = (
    "CUDA out of memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_NOT_INITIALIZED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "NVML_SUCCESS == r INTERNAL ASSERT FAILED",
)


def ran_out_of_gpu_memory(error: BaseException) -> bool:
    """Whether an error means that a GPU had no memory left; false for a host that had none."""
    import torch

    if isinstance(error, torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in SAID)


def free_gpu_memory(device: str) -> None:
    """Give the driver what torch keeps for later, where ``device`` is a GPU: other processes and libraries need it."""
    import torch

    if device.startswith("cuda"):
        torch.cuda.empty_cache()
