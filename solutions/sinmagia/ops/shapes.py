"""Stage 2, operations: the same values in another shape, some of them, or several together."""

import numpy as np


class Reshape:
    """out = the values of a, in order, in another shape"""

    @staticmethod
    def forward(ctx, a, shape):
        """Lay the values out in `shape`, a tuple; one of its lengths may be -1, for the rest."""
        ### BEGIN SOLUTION
        ctx.shape = a.shape
        return a.reshape(shape)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """Every value only moved, so its gradient moves back."""
        ### BEGIN SOLUTION
        return grad.reshape(ctx.shape)
        ### END SOLUTION


class Transpose:
    """out = a with `dim0` and `dim1` exchanged"""

    @staticmethod
    def forward(ctx, a, dim0, dim1):
        """Exchange two dimensions: (rows, columns) becomes (columns, rows)."""
        ### BEGIN SOLUTION
        ctx.dims = dim0, dim1
        return np.swapaxes(a, dim0, dim1)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """Every value only moved, so its gradient moves back."""
        ### BEGIN SOLUTION
        return np.swapaxes(grad, *ctx.dims)
        ### END SOLUTION


class Permute:
    """out = a with its dimensions in the order `dims`"""

    @staticmethod
    def forward(ctx, a, dims):
        """Reorder all dimensions: out.shape[i] is a.shape[dims[i]]; negative ones count back."""
        ### BEGIN SOLUTION
        ctx.dims = dims
        return np.transpose(a, dims)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """Every value only moved: its gradient moves back, by the inverse of the order."""
        ### BEGIN SOLUTION
        inverse = np.argsort([dim % grad.ndim for dim in ctx.dims])
        return np.transpose(grad, inverse)
        ### END SOLUTION


class GetItem:
    """out = a[index]"""

    @staticmethod
    def forward(ctx, a, index):
        """Pick by ints, slices, None, `...`, integer arrays (with repeats) or a mask, as NumPy."""
        ### BEGIN SOLUTION
        ctx.shape, ctx.index = a.shape, index
        return a[index]
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 for each time that a value was picked, and 0 for the rest."""
        ### BEGIN SOLUTION
        gradient = np.zeros(ctx.shape, grad.dtype)
        np.add.at(gradient, ctx.index, grad)  # `+=` would count a repeated index once
        return gradient
        ### END SOLUTION


class Cat:
    """out = the arrays, one after the other along `dim`"""

    @staticmethod
    def forward(ctx, *arrays, dim=0):
        """Join arrays whose shapes differ at most along `dim`."""
        ### BEGIN SOLUTION
        ctx.dim = dim
        ctx.ends = np.cumsum([array.shape[dim] for array in arrays])
        return np.concatenate(arrays, axis=dim)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """Each array gets back the part of the gradient that lies where the array lay."""
        ### BEGIN SOLUTION
        return tuple(np.split(grad, ctx.ends[:-1], axis=ctx.dim))
        ### END SOLUTION
