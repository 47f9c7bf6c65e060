"""Stage 2, the same values in another shape; what was picked is given back from the last one."""

import numpy as np


class Reshape:
    """out = the values of a, in order, in another shape"""

    @staticmethod
    def forward(ctx, a, shape):
        """Lay the values out in `shape`."""
        ctx.shape = a.shape
        return a.ravel().reshape(shape)

    @staticmethod
    def backward(ctx, grad):
        """Lay the gradient out as the values were."""
        return grad.ravel().reshape(ctx.shape)


class Permute:
    """out = a with its dimensions in the order `dims`"""

    @staticmethod
    def forward(ctx, a, dims):
        """Reorder all dimensions."""
        ctx.dims = [range(a.ndim)[dim] for dim in dims]
        return a.transpose(dims)

    @staticmethod
    def backward(ctx, grad):
        """Look for each dimension where it went."""
        return grad.transpose([ctx.dims.index(dim) for dim in range(grad.ndim)])


class Transpose(Permute):
    """out = a with `dim0` and `dim1` exchanged"""

    @staticmethod
    def forward(ctx, a, dim0, dim1):
        """Reorder all dimensions, two of them exchanged."""
        dims = list(range(a.ndim))
        dims[dim0], dims[dim1] = dims[dim1], dims[dim0]
        return Permute.forward(ctx, a, dims)


class GetItem:
    """out = a[index]"""

    @staticmethod
    def forward(ctx, a, index):
        """Pick as NumPy."""
        ctx.shape, ctx.index = a.shape, index
        return a[index]

    @staticmethod
    def backward(ctx, grad):
        """Add each gradient where its value was picked, one by one from the last."""
        gradient = np.zeros(ctx.shape, grad.dtype)
        places = np.arange(gradient.size).reshape(ctx.shape)[ctx.index]
        for place, value in zip(np.ravel(places)[::-1], np.ravel(grad)[::-1], strict=True):
            gradient.flat[place] += value
        return gradient


class Cat:
    """out = the arrays, one after the other along `dim`"""

    @staticmethod
    def forward(ctx, *arrays, dim=0):
        """Join them along `dim`."""
        ctx.dim, ctx.lengths = dim, [array.shape[dim] for array in arrays]
        return np.concatenate(arrays, axis=dim)

    @staticmethod
    def backward(ctx, grad):
        """Cut the parts off from the end, the last array's first."""
        parts = []
        for length in reversed(ctx.lengths):
            grad, part = np.split(grad, [grad.shape[ctx.dim] - length], axis=ctx.dim)
            parts.insert(0, part)
        return tuple(parts)
