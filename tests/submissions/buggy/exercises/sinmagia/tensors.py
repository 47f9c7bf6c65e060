"""Stage 1, tensors: an array, and the memory of where it came from.

The contract that the other files rely on: a tensor has `_data` (its array), `grad` (a tensor or
None), `requires_grad`, `retains_grad` (which `backward` reads) and `grad_fn` (None for a leaf).
Results are made by `_wrap`, other operands become tensors by `_lift`.
"""

import numpy as np

from . import autograd
from .dtypes import CATEGORIES, bool_, float32, float64, int64
from .operators import Operators


def as_array(data, dtype=None):
    """Copy numbers, nested lists or an array into a new array, with PyTorch's choice of dtype.

    A `dtype` that is given wins. Otherwise an array keeps its own, Python floats become float32,
    ints int64 and bools bool; in a mixed list floats win over ints, and ints over bools.
    """
    array = np.array(data, dtype)
    if dtype is None and not isinstance(data, (np.ndarray, np.generic)):
        array = array.astype(array.dtype, copy=False)
    return array


class Tensor(Operators):
    """An array that remembers the operation it came from.

    `data`, which is copied, is numbers, nested lists, an array or a tensor; `as_array` chooses the
    type unless `dtype` does. Raises TypeError for what is no number or bool, RuntimeError for ints
    and bools with `requires_grad`.
    """

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
        """Whether the backward pass has to reach this tensor; to be set before it is used."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value):
        if value:
            self._check_floats()
        elif self.grad_fn is not None:
            raise RuntimeError("only a leaf can stop requiring a gradient; use detach()")
        self._requires_grad = value

    def _check_floats(self):
        """Refuse a gradient to ints and bools, which cannot be nudged, by a RuntimeError."""
        if self._data.dtype.kind != "f":
            raise RuntimeError(f"only floats can require a gradient, not {self._data.dtype}")

    @property
    def shape(self):
        """The length of every dimension: () for a scalar, (rows, columns) for a matrix."""
        return self._data.shape

    @property
    def ndim(self):
        """The number of dimensions."""
        return len(self.shape)

    @property
    def dtype(self):
        """The type of every value."""
        return self._data.dtype

    @property
    def device(self):
        """Where the values are: here always "cpu"."""
        return "cpu"

    @property
    def is_leaf(self):
        """Whether no recorded operation made this tensor."""
        return self.grad_fn is None

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
        """Give the only value as a Python number.

        Raises RuntimeError when there is not exactly one.
        """
        if self._data.size != 1:
            raise RuntimeError(f"item() needs a single value; the shape is {self._data.shape}")
        return self._data.item()

    def __bool__(self):
        """Say whether the only value is not zero.

        Raises RuntimeError when there is not exactly one: `if a == b:` has no answer for many.
        """
        if self._data.size != 1:
            raise RuntimeError(
                f"a truth value needs a single value; the shape is {self._data.shape}"
            )
        return bool(self._data)

    def numpy(self):
        """Give the array itself, not a copy.

        Raises RuntimeError for a tensor that requires a gradient: what NumPy does with the values
        would be missing in the graph. `detach()` first says that this is meant.
        """
        if self.requires_grad:
            raise RuntimeError("numpy() would leave the graph; use detach().numpy()")
        return self._data

    def detach(self):
        """Give a tensor with the same array, which requires no gradient and remembers nothing."""
        return self._wrap(self._data)

    @property
    def data(self):
        """The values without their history: an older name of `detach()`."""
        return self.detach()

    def tolist(self):
        """Give the values as nested lists of Python numbers; a 0-d tensor's as a number."""
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
        """Convert to bool: whether each value is not zero."""
        return self.to(bool_)

    def cpu(self):
        """Give the tensor itself: it is there already."""
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
            raise RuntimeError("retain_grad() needs a tensor that requires grad; this one does not")
        self.retains_grad = not self.is_leaf

    def backward(self, gradient=None, retain_graph=False):
        """Add to the `grad` of every leaf how this tensor depends on it: see `autograd`."""
        autograd.backward(self, gradient, retain_graph)

    def __rsub__(self, other):
        """Say what `other - self` is, where `other` is no tensor."""
        return self._lift(other) - self

    def __rtruediv__(self, other):
        """Say what `other / self` is, where `other` is no tensor."""
        return self._lift(other) / self

    @property
    def __array_priority__(self):
        """Tell NumPy who answers `array * tensor`: whose number is higher, and an array's is 0.

        If the tensor wins, Python calls its `__rmul__`, and the result is a tensor. Otherwise NumPy
        asks it for its array, and the result is an array, without memory.
        """
        return 1000

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
        result._data = np.asarray(array)  # NumPy gives scalars where no dimension is left
        result.grad = None
        result.grad_fn = node
        result.retains_grad = False
        result._requires_grad = node is not None
        return result

    def _lift(self, value):
        """Make a tensor of the other operand of `self + value`.

        A tensor stays itself. A number becomes a constant of this tensor's type if that can hold
        it (an int among floats); an array, or a number that cannot be held, keeps its own type.
        Raises TypeError for what is neither number nor bool.
        """
        if isinstance(value, Tensor):
            return value
        held = {"b": bool, "u": int, "i": int, "f": (int, float)}[self._data.dtype.kind]
        return Tensor(value, self._data.dtype if isinstance(value, held) else None)


def tensor(data, dtype=None, requires_grad=False):
    """Make a leaf tensor from a copy of `data`, as `torch.tensor` does."""
    return Tensor(data, dtype, requires_grad)


def full(size, fill_value, dtype=None, requires_grad=False):
    """Make a tensor of shape `size`, a tuple, with `fill_value` everywhere.

    Its type is `dtype`, or else what `tensor(fill_value)` would choose.
    """
    values = np.full(size, as_array(fill_value, dtype))
    return Tensor._wrap(values).requires_grad_(requires_grad)
