"""Given: the types of values, PyTorch's rule for the type of a result, and conversion."""

import numpy as np

bool_ = np.dtype(np.bool_)
uint8 = np.dtype(np.uint8)
int32 = np.dtype(np.int32)
int64 = np.dtype(np.int64)
float32 = np.dtype(np.float32)
float64 = np.dtype(np.float64)

CATEGORIES = {"b": 0, "u": 1, "i": 1, "f": 2}  # bool < int < float, by NumPy's letter for the kind


def result_type(*arrays):
    """Say which type a result of these arrays has in PyTorch.

    Of bool < int < float the highest that is there wins; among its arrays those with dimensions
    decide, if there are any. So int64 with float32 gives float32, and float32 with a 0-d float64
    gives float32; NumPy 2 would give float64 both times (pytorch.org/docs, torch.result_type).
    """
    for array in arrays:
        if array.dtype.kind not in CATEGORIES:
            raise TypeError(f"a tensor holds numbers or bools; {array!r} is neither")
    highest = max(CATEGORIES[array.dtype.kind] for array in arrays)
    winners = [array for array in arrays if CATEGORIES[array.dtype.kind] == highest]
    sized = [array for array in winners if array.ndim]
    return np.result_type(*(array.dtype for array in sized or winners))


class To:
    """out = a as another type; conversion is an operation too, so that gradients pass through."""

    @staticmethod
    def forward(ctx, a, dtype):
        """Convert every value, into a new array."""
        ctx.dtype = a.dtype
        return a.astype(dtype)

    @staticmethod
    def backward(ctx, grad):
        """The gradient goes back in the type that came in."""
        return grad.astype(ctx.dtype)
