"""Stage 1, tensors: an array, and the memory of where it came from.

The contract that the other files rely on: a tensor has `_data` (its array), `grad` (a tensor or
None), `requires_grad` and `grad_fn` (None for a leaf). Results are made by `_wrap`, other operands
become tensors by `_lift`.
"""

import numpy as np

from . import autograd
from .operators import Operators

float32 = np.dtype(np.float32)
float64 = np.dtype(np.float64)
int64 = np.dtype(np.int64)


def as_array(data, dtype=None):
    """Copy numbers, nested lists or an array into a new array, with PyTorch's choice of dtype.

    A `dtype` that is given wins. Otherwise an array keeps its own, Python floats become float32,
    ints int64 and bools bool; in a mixed list floats win over ints, and ints over bools.
    """
    # TODO tensor_dtype (2 points): Return a new array with the values of `data`: always a
    #   copy. If a `dtype` is given, use it. Otherwise NumPy arrays and NumPy numbers keep
    #   their own; from Python numbers and lists, floats become `float32`, ints become
    #   `int64` and bools stay bools.
    # Read: lessons/1-tensors.md#dtype
    raise NotImplementedError("tensor_dtype")


def tensor(data, dtype=None, requires_grad=False):
    """Make a leaf tensor from a copy of `data`, as `torch.tensor` does."""
    return Tensor(data, dtype, requires_grad)


class Tensor(Operators):
    """An array that remembers the operation it came from."""

    def __init__(self, data, dtype=None, requires_grad=False):
        self._data = as_array(data, dtype)
        self.requires_grad = requires_grad
        self.grad = None
        self.grad_fn = None

    @property
    def shape(self):
        """The length of every dimension: () for a scalar, (rows, columns) for a matrix."""
        # TODO tensor_shape (1 point): Return the length of every dimension of the tensor's
        #   array, as a tuple. There is one number for each dimension, so the shape of a
        #   scalar is `()`.
        # Read: lessons/1-tensors.md#shape
        raise NotImplementedError("tensor_shape")

    @property
    def ndim(self):
        """The number of dimensions."""
        return len(self.shape)

    @property
    def dtype(self):
        """The type of every value."""
        return self._data.dtype

    def backward(self, gradient=None):
        """Add to the `grad` of every leaf how this tensor depends on it."""
        autograd.backward(self, gradient)

    def __repr__(self):
        values = np.array2string(self._data, separator=", ", prefix="tensor(")
        dtype = "" if self.dtype in (float32, int64, bool) else f", dtype={self.dtype}"
        grad = ", requires_grad=True" if self.requires_grad else ""
        return f"tensor({values}{dtype}{grad})"

    @staticmethod
    def _wrap(array, node=None):
        """Make the tensor that holds `array` itself, the result of `node`."""
        result = Tensor.__new__(Tensor)
        result._data = array
        result.requires_grad = node is not None
        result.grad = None
        result.grad_fn = node
        return result

    def _lift(self, value):
        """Give back a tensor as it is, and anything else as a constant that fits this tensor."""
        if isinstance(value, Tensor):
            return value
        follows = isinstance(value, (int, float)) and self.dtype.kind == "f"
        return Tensor(value, self.dtype if follows else None)
