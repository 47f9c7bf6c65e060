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
    # TODO tensor_dtype (2 points): Return a new array with the values of `data`: always a
    #   copy. If a `dtype` is given, use it. Otherwise NumPy arrays and NumPy numbers keep
    #   their own; from Python numbers and lists, floats become `float32`, ints become
    #   `int64` and bools stay bools.
    # Read: lessons/1-tensors.md#dtype
    raise NotImplementedError("tensor_dtype")


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
        # TODO requires_grad (1 point): Raise a `RuntimeError` if the tensor's values are
        #   not floats. If they are, float32 or float64, do nothing. This runs whenever
        #   `requires_grad` becomes true, at the start or later.
        # Read: lessons/1-tensors.md#requires-grad
        raise NotImplementedError("requires_grad")

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
        # TODO item (1 point): For a tensor with a single value, whatever its number of
        #   dimensions, return that value as a Python number: a float, an int or a bool, as
        #   its dtype says.
        # TODO item_of_many (1 point, extension): Raise a `RuntimeError` if the tensor has
        #   more than one value, or none.
        # Read: lessons/1-tensors.md#item
        raise NotImplementedError("item item_of_many")

    def __bool__(self):
        """Say whether the only value is not zero.

        Raises RuntimeError when there is not exactly one: `if a == b:` has no answer for many.
        """
        # TODO truth (1 point, extension): A tensor with a single value is false if that
        #   value is 0, and true otherwise: return a Python bool. With more values than one,
        #   or with none, raise a `RuntimeError`.
        # Read: lessons/1-tensors.md#truth
        raise NotImplementedError("truth")

    def numpy(self):
        """Give the array itself, not a copy.

        Raises RuntimeError for a tensor that requires a gradient: what NumPy does with the values
        would be missing in the graph. `detach()` first says that this is meant.
        """
        # TODO numpy (1 point): Return the tensor's array itself: who writes into it writes
        #   into the tensor.
        # TODO numpy_of_graph (1 point, extension): Raise a `RuntimeError` if the tensor
        #   requires a gradient: NumPy's work on its values would be missing in the graph.
        # Read: lessons/1-tensors.md#numpy
        raise NotImplementedError("numpy numpy_of_graph")

    def detach(self):
        """Give a tensor with the same array, which requires no gradient and remembers nothing."""
        # TODO detach (1 point): Return a new tensor that holds the same array, not a copy.
        #   It requires no gradient and has no `grad_fn`; the tensor itself stays as it is.
        # Read: lessons/1-tensors.md#detach
        raise NotImplementedError("detach")

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
        # TODO reflected_minus (1 point): Return `other - self` as a tensor: the order
        #   counts. `other` is a number or an array.
        # Read: lessons/1-tensors.md#reflected
        raise NotImplementedError("reflected_minus")

    def __rtruediv__(self, other):
        """Say what `other / self` is, where `other` is no tensor."""
        # TODO reflected_division (1 point): Return `other / self` as a tensor: `self` is
        #   the divisor. `other` is a number or an array.
        # Read: lessons/1-tensors.md#reflected
        raise NotImplementedError("reflected_division")

    @property
    def __array_priority__(self):
        """Tell NumPy who answers `array * tensor`: whose number is higher, and an array's is 0.

        If the tensor wins, Python calls its `__rmul__`, and the result is a tensor. Otherwise NumPy
        asks it for its array, and the result is an array, without memory.
        """
        # TODO array_on_the_left (1 point, extension): Return a number higher than the
        #   priority of a NumPy array, which is 0. Then `array * tensor` is one tensor, and
        #   so it is with `+`, `-`, `/` and `@`.
        # Read: lessons/1-tensors.md#array-left
        raise NotImplementedError("array_on_the_left")

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
        # TODO lift (1 point): Return a tensor for `value`. A tensor comes back as it is,
        #   the same object. A Python number gets this tensor's dtype if that can hold its
        #   kind: bools hold bools, ints hold bools and ints, floats hold all three.
        #   Anything else, an array or a number that does not fit, becomes the tensor that
        #   `tensor(value)` would make.
        # Read: lessons/1-tensors.md#lift
        raise NotImplementedError("lift")


def tensor(data, dtype=None, requires_grad=False):
    """Make a leaf tensor from a copy of `data`, as `torch.tensor` does."""
    return Tensor(data, dtype, requires_grad)


def full(size, fill_value, dtype=None, requires_grad=False):
    """Make a tensor of shape `size`, a tuple, with `fill_value` everywhere.

    Its type is `dtype`, or else what `tensor(fill_value)` would choose.
    """
    # TODO full (1 point): Return a tensor of shape `size` with `fill_value` in every place.
    #   Without a `dtype` it has the type of `tensor(fill_value)`: float32 for a Python
    #   float, int64 for an int. It requires a gradient if `requires_grad` says so.
    # Read: lessons/1-tensors.md#full
    raise NotImplementedError("full")
