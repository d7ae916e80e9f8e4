"""Whether an error means that a graphics card had no memory left. Does not load torch."""

import sys

# MPS and torch's allocator say it in words, cuBLAS and cuDNN by their codes, cuDNN 9 by other ones than cuDNN 8; and a
# cuDNN that finds no algorithm whose workspace fits says only that it found none.
_WORDS = (
    "out of memory",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
    "cudnn_status_internal_error_device_allocation_failed",
    "unable to find an engine",
)


def is_out_of_memory(error: BaseException) -> bool:
    """
    >>> is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"))
    True
    >>> is_out_of_memory(RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"))
    True
    >>> is_out_of_memory(RuntimeError("GET was unable to find an engine to execute this computation"))
    True
    >>> is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    False
    """
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in text for words in _WORDS)
