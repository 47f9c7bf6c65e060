"""Given: the vocabulary. It says which operation `a * b` or `a.sum(dim)` stands for.

Before an operation runs, its operands are brought to one type, PyTorch's choice, so that
operations themselves never meet two.
"""

from math import prod
from numbers import Integral, Real

import numpy as np

from . import ops
from .autograd import apply, check_in_place
from .dtypes import CATEGORIES, To, bool_, float32, int64, result_type


def alike(*tensors):
    """Convert tensors to the type that their result has."""
    first = tensors[0].dtype
    if all(t.dtype == first for t in tensors):
        return tensors
    dtype = result_type(*(t._data for t in tensors))
    return tuple(t.to(dtype) for t in tensors)


def floating(tensor):
    """Convert ints and bools to float32, PyTorch's type for numbers; leave floats as they are."""
    return tensor if tensor.dtype.kind == "f" else tensor.to(float32)


def cat(tensors, dim=0):
    """Join tensors one after the other along `dim`; their other dimensions have to agree."""
    return apply(ops.Cat, *alike(*tensors), dim=dim)


def stack(tensors, dim=0):
    """Join tensors of one shape along a new dimension `dim`."""
    return cat([t.unsqueeze(dim) for t in tensors], dim)


class Operators:
    """The operators and methods of a tensor, each one row: a name and its operation.

    Names, arguments and defaults are PyTorch's; the formulas stand with the operations in `ops`.
    """

    def _binary(self, op, other):
        other = self._lift(other)
        if self.dtype == other.dtype:  # nearly always, so without a detour
            return apply(op, self, other)
        return apply(op, *alike(self, other))

    def __add__(self, other):
        return self._binary(ops.Add, other)

    def __radd__(self, other):
        return self._lift(other) + self

    def __sub__(self, other):
        return self._binary(ops.Sub, other)

    def __mul__(self, other):
        return self._binary(ops.Mul, other)

    def __rmul__(self, other):
        return self._lift(other) * self

    def __truediv__(self, other):
        return apply(ops.Div, *map(floating, alike(self, self._lift(other))))

    def __matmul__(self, other):
        return self._binary(ops.MatMul, other)

    def __rmatmul__(self, other):
        return self._lift(other) @ self

    def __neg__(self):
        return apply(ops.Neg, self)

    def __abs__(self):
        return apply(ops.Abs, self)

    def __pow__(self, exponent):
        if not isinstance(exponent, Real):
            raise TypeError(f"the exponent has to be a number, not {type(exponent).__name__}")
        if not isinstance(exponent, Integral):
            base = floating(self)
        else:
            base = self.to(int64) if self.dtype == bool_ else self
        return apply(ops.Pow, base, exponent=exponent)

    def __getitem__(self, index):
        return apply(ops.GetItem, self, index=_plain(index))

    add, sub, mul, div, matmul = __add__, __sub__, __mul__, __truediv__, __matmul__
    neg, abs, pow = __neg__, __abs__, __pow__

    def exp(self):
        return apply(ops.Exp, floating(self))

    def log(self):
        return apply(ops.Log, floating(self))

    def sqrt(self):
        return apply(ops.Sqrt, floating(self))

    def relu(self):
        return apply(ops.ReLU, self)

    def tanh(self):
        return apply(ops.Tanh, floating(self))

    def sigmoid(self):
        return apply(ops.Sigmoid, floating(self))

    def maximum(self, other):
        return self._binary(ops.Maximum, other)

    def sum(self, dim=None, keepdim=False):
        tensor = self if self.dtype.kind == "f" else self.to(int64)
        return apply(ops.Sum, tensor, dim=self._dims(dim), keepdim=keepdim)

    def mean(self, dim=None, keepdim=False):
        if self.dtype.kind != "f":
            raise RuntimeError(f"the mean needs floats, not {self.dtype}: convert with .float()")
        return apply(ops.Mean, self, dim=self._dims(dim), keepdim=keepdim)

    def amax(self, dim=None, keepdim=False):
        return apply(ops.Amax, self, dim=self._dims(dim), keepdim=keepdim)

    def softmax(self, dim):
        return apply(ops.Softmax, floating(self), dim=dim)

    def log_softmax(self, dim):
        return apply(ops.LogSoftmax, floating(self), dim=dim)

    def reshape(self, *shape):
        return apply(ops.Reshape, self, shape=as_tuple(shape))

    view = reshape

    def flatten(self, start_dim=0, end_dim=-1):
        start, end = self._dimension(start_dim), self._dimension(end_dim)
        if start > end:
            raise RuntimeError("flatten() needs a start_dim that is not after its end_dim")
        joined = prod(self.shape[start : end + 1])
        return self.reshape(*self.shape[:start], joined, *self.shape[end + 1 :])

    def unsqueeze(self, dim):
        return self.reshape(np.expand_dims(self._data, dim).shape)

    def squeeze(self, dim=None):
        sizes = enumerate(self.shape)
        chosen = range(self.ndim) if dim is None else [self._dimension(dim)]
        return self.reshape(tuple(n for i, n in sizes if n != 1 or i not in chosen))

    def transpose(self, dim0, dim1):
        return apply(ops.Transpose, self, dim0=dim0, dim1=dim1)

    def permute(self, *dims):
        return apply(ops.Permute, self, dims=as_tuple(dims))

    @property
    def T(self):
        return self.transpose(0, 1)

    def to(self, dtype):
        """Convert to a dtype; "cpu", where every tensor lives, changes nothing."""
        if isinstance(dtype, str) and dtype == "cpu":
            return self
        dtype = np.dtype(dtype)
        if dtype == self.dtype:
            return self
        return apply(To, self if dtype.kind == "f" else self.detach(), dtype=dtype)

    def clone(self):
        """Copy the values; the gradient still flows to the original."""
        return apply(To, self, dtype=self.dtype)

    # Comparisons have no slope: their results are bools, and not recorded.

    def _compare(self, ufunc, other):
        a, b = alike(self.detach(), self._lift(other).detach())
        return self._wrap(ufunc(a._data, b._data))

    def __eq__(self, other):
        return other is not None and self._compare(np.equal, other)

    def __ne__(self, other):
        return other is None or self._compare(np.not_equal, other)

    def __lt__(self, other):
        return self._compare(np.less, other)

    def __le__(self, other):
        return self._compare(np.less_equal, other)

    def __gt__(self, other):
        return self._compare(np.greater, other)

    def __ge__(self, other):
        return self._compare(np.greater_equal, other)

    __hash__ = object.__hash__  # a tensor is a key as itself, not by its values

    # In place: the array itself changes, and everyone who holds it sees it.

    def _in_place(self, ufunc, other):
        other = self._lift(other)
        check_in_place(self)
        check_in_place(other)
        if CATEGORIES[result_type(self._data, other._data).kind] > CATEGORIES[self.dtype.kind]:
            raise RuntimeError(f"a tensor of {self.dtype} cannot hold values of {other.dtype}")
        ufunc(self._data, other._data, out=self._data)
        return self

    def __iadd__(self, other):
        return self._in_place(np.add, other)

    def __isub__(self, other):
        return self._in_place(np.subtract, other)

    def __imul__(self, other):
        return self._in_place(np.multiply, other)

    def __itruediv__(self, other):
        return self._in_place(np.true_divide, other)

    def __setitem__(self, index, value):
        value = self._lift(value)
        check_in_place(self)
        check_in_place(value)
        self._data[_plain(index)] = value._data

    add_, sub_, mul_, div_ = __iadd__, __isub__, __imul__, __itruediv__

    def copy_(self, other):
        self[...] = other
        return self

    def fill_(self, value):
        self[...] = value
        return self

    def zero_(self):
        return self.fill_(0)

    def _dimension(self, dim):
        """Count a negative dimension from the end; IndexError for one that is not there."""
        return range(max(self.ndim, 1))[dim]

    def _dims(self, dim):
        """A 0-d tensor has no dimension, but PyTorch lets it be summed over the first or last."""
        return None if self.ndim == 0 and dim in (0, -1) else dim


def _plain(index):
    """Put arrays in the place of tensors in an index."""
    if isinstance(index, tuple):
        return tuple(map(_plain, index))
    return getattr(index, "_data", index)


def as_tuple(numbers):
    """Allow `reshape(2, 3)`, `reshape((2, 3))` and `reshape([2, 3])`."""
    single = len(numbers) == 1 and isinstance(numbers[0], (tuple, list))
    return tuple(numbers[0]) if single else numbers
