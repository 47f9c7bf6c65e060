"""Stage 2, the same values in another shape: where each one went is found out on the way back.

Forward keeps a shape and how it was asked; backward sends the numbers of the places the same way.
"""

from math import prod

import numpy as np


class Moved:
    """An operation that only picks values, by its `pick`."""

    @classmethod
    def forward(cls, ctx, a, **params):
        """Pick from the values."""
        ctx.shape, ctx.params = a.shape, params
        return cls.pick(a, **params)

    @classmethod
    def backward(cls, ctx, grad):
        """Pick from the places, and add to each what its value gets."""
        n = prod(ctx.shape)
        places = cls.pick(np.arange(n).reshape(ctx.shape), **ctx.params)
        gradient = np.zeros(n, grad.dtype)
        np.add.at(gradient, places, grad)
        return gradient.reshape(ctx.shape)


class Reshape(Moved):
    """out = the values of a, in order, in another `shape`"""

    @staticmethod
    def pick(a, shape):
        """Lay the values out in `shape`."""
        return a.reshape(shape)


class Transpose(Moved):
    """out = a with `dim0` and `dim1` exchanged"""

    @staticmethod
    def pick(a, dim0, dim1):
        """Exchange two dimensions."""
        return a.swapaxes(dim0, dim1)


class Permute(Moved):
    """out = a with its dimensions in the order `dims`"""

    @staticmethod
    def pick(a, dims):
        """Reorder all dimensions."""
        return a.transpose(dims)


class GetItem(Moved):
    """out = a[index]"""

    @staticmethod
    def pick(a, index):
        """Pick as NumPy."""
        return a[index]


class Cat:
    """out = the arrays, one after the other along `dim`"""

    @staticmethod
    def forward(ctx, *arrays, dim=0):
        """Join them along `dim`; keep their lengths alone."""
        ctx.dim, ctx.lengths = dim, [array.shape[dim] for array in arrays]
        return np.concatenate(arrays, axis=dim)

    @staticmethod
    def backward(ctx, grad):
        """Cut out the parts that are needed."""
        parts = np.split(grad, np.cumsum(ctx.lengths)[:-1], axis=ctx.dim)
        needed = zip(parts, ctx.needs_input_grad, strict=True)
        return tuple(part if needs else None for part, needs in needed)
