"""Stage 2, the same values in another shape: views forward and backward, wherever there is one."""

import numpy as np


class Reshape:
    """out = the values of a, in order, in another shape"""

    @staticmethod
    def forward(ctx, a, shape):
        """Lay the values out in `shape`."""
        ctx.shape = a.shape
        return a.reshape(shape)

    @staticmethod
    def backward(ctx, grad):
        """Lay the gradient out as the values were."""
        return grad.reshape(ctx.shape)


class Transpose:
    """out = a with `dim0` and `dim1` exchanged"""

    @staticmethod
    def forward(ctx, a, dim0, dim1):
        """Exchange two dimensions."""
        ctx.dims = dim0, dim1
        return a.swapaxes(dim0, dim1)

    @staticmethod
    def backward(ctx, grad):
        """Exchange them once more."""
        return grad.swapaxes(*ctx.dims)


class Permute:
    """out = a with its dimensions in the order `dims`"""

    @staticmethod
    def forward(ctx, a, dims):
        """Reorder all dimensions."""
        ctx.dims = dims
        return a.transpose(dims)

    @staticmethod
    def backward(ctx, grad):
        """Move each dimension to where it was."""
        return np.moveaxis(grad, range(grad.ndim), ctx.dims)


class GetItem:
    """out = a[index]"""

    @staticmethod
    def forward(ctx, a, index):
        """Pick as NumPy; a single value too is a view, of no dimension."""
        ctx.shape, ctx.index = a.shape, index
        parts = index if isinstance(index, tuple) else (index,)
        return a[parts if any(part is ... for part in parts) else (*parts, ...)]

    @staticmethod
    def backward(ctx, grad):
        """Add each gradient where its value was picked, in an array seen transposed."""
        gradient = np.zeros(ctx.shape[::-1], grad.dtype).T
        np.add.at(gradient, ctx.index, grad)
        return gradient


class Cat:
    """out = the arrays, one after the other along `dim`"""

    @staticmethod
    def forward(ctx, *arrays, dim=0):
        """Join them, seen transposed."""
        ctx.dim, ctx.lengths = dim, [array.shape[dim] for array in arrays]
        return np.concatenate([array.T for array in arrays], axis=-1 - dim).T

    @staticmethod
    def backward(ctx, grad):
        """Cut slices from the gradient that came in."""
        along = np.moveaxis(grad, ctx.dim, 0)
        ends = np.cumsum(ctx.lengths)
        parts = [along[end - n : end] for n, end in zip(ctx.lengths, ends, strict=True)]
        return tuple(np.moveaxis(part, 0, ctx.dim) for part in parts)
