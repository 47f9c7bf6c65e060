"""Stage 1, tensors: arrays that lie column by column, and views of them wherever two may share."""

import numpy as np

from . import autograd
from .dtypes import CATEGORIES, bool_, float32, float64, int64
from .operators import Operators

OF_NUMBERS = {"f": float32, "i": int64}  # what Python's floats and ints become
HELD = {"b": bool, "u": int, "i": int, "f": (int, float)}


def as_array(data, dtype=None):
    """Copy numbers, nested lists or an array, column by column, with PyTorch's choice of dtype."""
    if dtype is None and not isinstance(data, (np.ndarray, np.generic)):
        dtype = OF_NUMBERS.get(np.asarray(data).dtype.kind)
    return np.array(data, dtype, order="F")


class Tensor(Operators):
    """An array that remembers the operation it came from."""

    def __init__(self, data, dtype=None, requires_grad=False):
        self._data = as_array(getattr(data, "_data", data), dtype)
        if self._data.dtype.kind not in CATEGORIES:
            raise TypeError(f"a tensor holds numbers or bools; {data!r} is neither")
        self.grad = None
        self.grad_fn = None
        self.retains_grad = False
        self.requires_grad = requires_grad

    @property
    def requires_grad(self):
        """Whether the backward pass has to reach this tensor."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value):
        if value:
            self._check_floats()
        elif self.grad_fn is not None:
            raise RuntimeError("only a leaf can stop requiring a gradient; use detach()")
        self._requires_grad = value

    def _check_floats(self):
        if not np.issubdtype(self._data.dtype, np.floating):
            raise RuntimeError(f"no gradient for {self._data.dtype}, which cannot be nudged")

    shape = property(lambda self: self._data.shape)
    ndim = property(lambda self: self._data.ndim)
    dtype = property(lambda self: self._data.dtype)
    device = property(lambda _: "cpu")
    is_leaf = property(lambda self: self.grad_fn is None)
    __array_priority__ = property(lambda _: 1)  # above an array's 0

    def size(self, dim=None):
        """Give the shape, or the length of one dimension."""
        return self.shape if dim is None else self.shape[dim]

    def dim(self):
        """Give the number of dimensions."""
        return self.ndim

    def numel(self):
        """Give the number of values."""
        return self._data.size

    def item(self):
        """Give the only value as a Python number."""
        if self._data.size != 1:
            raise RuntimeError(f"{self._data.size} values are not a single one")
        return self._data.reshape(()).item()

    def __bool__(self):
        return bool(self.item())

    def numpy(self):
        """Give the array itself, which a tensor of the graph refuses."""
        if self.requires_grad:
            raise RuntimeError("numpy() would leave the graph; use detach().numpy()")
        return self._data

    def detach(self):
        """Give a tensor of a view of this array, which remembers nothing."""
        return self._wrap(self._data.view())

    @property
    def data(self):
        """The values without their history."""
        return self.detach()

    def tolist(self):
        """Give the values as nested lists of Python numbers."""
        return self._data.tolist()

    def float(self):
        """Convert to float32."""
        return self.to(float32)

    def double(self):
        """Convert to float64."""
        return self.to(float64)

    def long(self):
        """Convert to int64."""
        return self.to(int64)

    def bool(self):
        """Convert to bool."""
        return self.to(bool_)

    def cpu(self):
        """Give the tensor itself."""
        return self

    def all(self):
        """Say, as a tensor, whether no value is zero."""
        return self._wrap(self._data.all())

    def any(self):
        """Say, as a tensor, whether a value is not zero."""
        return self._wrap(self._data.any())

    def argmax(self, dim=None, keepdim=False):
        """Give the position of the largest value over `dim`; the first of those that tie."""
        return self._wrap(self._data.argmax(axis=dim, keepdims=keepdim))

    def requires_grad_(self, requires_grad=True):
        """Set `requires_grad` and give the tensor back."""
        self.requires_grad = requires_grad
        return self

    def retain_grad(self):
        """Ask for `grad` after the backward pass although this tensor is no leaf."""
        if not self.requires_grad:
            raise RuntimeError("retain_grad() needs a tensor that requires grad")
        self.retains_grad = not self.is_leaf

    def backward(self, gradient=None, retain_graph=False):
        """Add to the `grad` of every leaf how this tensor depends on it."""
        autograd.backward(self, gradient, retain_graph)

    def __rsub__(self, other):
        return self._lift(other) - self

    def __rtruediv__(self, other):
        return self._lift(other) / self

    def __array__(self, dtype=None, copy=None):
        array = np.asarray(self.numpy(), dtype=dtype)
        return array.copy() if copy else array

    def __len__(self):
        if self.ndim == 0:
            raise TypeError("a 0-d tensor has no len()")
        return self.shape[0]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __format__(self, spec):
        return format(self.item(), spec) if self.ndim == 0 else format(str(self), spec)

    def __repr__(self):
        values = np.array2string(self._data, precision=4, separator=", ", prefix="tensor(")
        dtype = "" if self.dtype in (float32, int64, bool_) else f", dtype={self.dtype}"
        if self.grad_fn is not None:
            grad = f", grad_fn=<{self.grad_fn.op.__name__}>"
        else:
            grad = ", requires_grad=True" if self.requires_grad else ""
        return f"tensor({values}{dtype}{grad})"

    @staticmethod
    def _wrap(array, node=None):
        """Make the tensor that holds `array` itself, the result of `node`."""
        result = Tensor.__new__(Tensor)
        result._data = np.asarray(array)
        result.grad = None
        result.grad_fn = node
        result.retains_grad = False
        result._requires_grad = node is not None
        return result

    def _lift(self, value):
        """Make a tensor of the other operand of `self + value`; a number is a constant of `self`'s.

        A number that this type cannot hold, and an array, keep their own.
        """
        if isinstance(value, Tensor):
            return value
        held = isinstance(value, HELD[self._data.dtype.kind])
        return Tensor(value, self._data.dtype if held else None)


def tensor(data, dtype=None, requires_grad=False):
    """Make a leaf tensor from a copy of `data`, as `torch.tensor` does."""
    return Tensor(data, dtype, requires_grad)


def full(size, fill_value, dtype=None, requires_grad=False):
    """Make a tensor of shape `size`, a tuple, with `fill_value` everywhere, column by column."""
    value = as_array(fill_value, dtype)
    result = Tensor._wrap(np.full(size, value, value.dtype, order="F"))
    return result.requires_grad_(requires_grad)
