"""Given: the vocabulary. It says which operation `a * b` or `a.sum(dim)` stands for."""

import numpy as np

from .autograd import apply, is_recording
from .ops import Add, MatMul, Mul, Sum, Transpose


class Operators:
    """The operators and methods of a tensor, each one row: a name and its operation."""

    def __add__(self, other):
        return apply(Add, self, self._lift(other))

    def __radd__(self, other):
        return apply(Add, self._lift(other), self)

    def __mul__(self, other):
        return apply(Mul, self, self._lift(other))

    def __rmul__(self, other):
        return apply(Mul, self._lift(other), self)

    def __matmul__(self, other):
        return apply(MatMul, self, self._lift(other))

    def sum(self, dim=None, keepdim=False):
        return apply(Sum, self, dim=dim, keepdim=keepdim)

    def transpose(self, dim0, dim1):
        return apply(Transpose, self, dim0=dim0, dim1=dim1)

    @property
    def T(self):
        return self.transpose(0, 1)

    def __isub__(self, other):
        if is_recording() and self.requires_grad:
            raise RuntimeError("a tensor that requires grad changes in place only under no_grad()")
        np.subtract(self._data, self._lift(other)._data, out=self._data)
        return self
