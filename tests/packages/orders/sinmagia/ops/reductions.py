"""Stage 2, operations along a dimension, in another order of the sums.

Dimensions are reduced one after the other, the last first, and each by adding its ends in pairs.
"""

from math import prod

import numpy as np


def axes_of(a, dim):
    """List the dimensions that `dim` stands for, the last first; a scalar has none."""
    chosen = range(a.ndim) if dim is None else dim if isinstance(dim, tuple) else (dim,)
    places = range(max(a.ndim, 1))
    return sorted((places[axis] for axis in chosen), reverse=True)[: a.ndim]


def reduced(combine, a, dim):
    """Reduce the dimensions of `dim` to length 1, one after the other, into a new array."""
    if not a.size:
        return combine.reduce(a, axis=dim, keepdims=True)
    a = a.copy()
    for axis in axes_of(a, dim):
        a = in_pairs(combine, np.moveaxis(a, axis, 0), axis)
    return a


def in_pairs(combine, rows, axis):
    """Combine the first row with the last, and so on inwards, until one is left for `axis`."""
    while len(rows) > 1:
        half = len(rows) // 2
        pairs = combine(rows[:half], rows[: -half - 1 : -1])
        rows = np.concatenate([rows[half:-half], pairs])
    return np.moveaxis(rows, 0, axis)


def total(a, dim):
    """Add up over `dim`."""
    return reduced(np.add, a, dim)


def without(kept, dim, keepdim):
    """Drop the dimensions of `dim`, which have length 1 by now, unless they are to stay."""
    return kept if keepdim else kept.squeeze(axis=dim)


class Sum:
    """out = the sum of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Add up over `dim`, in pairs."""
        kept = total(a, dim)
        ctx.shape, ctx.kept = a.shape, kept.shape
        return without(kept, dim, keepdim)

    @staticmethod
    def backward(ctx, grad):
        """All get their sum's gradient."""
        return grad.reshape(ctx.kept) + np.zeros(ctx.shape, grad.dtype)


class Mean:
    """out = the mean of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Add up each value's part of the mean."""
        ctx.n = prod(a.shape[axis] for axis in axes_of(a, dim))
        kept = total(a / ctx.n, dim) if ctx.n else a.mean(axis=dim, keepdims=True)
        ctx.shape, ctx.kept = a.shape, kept.shape
        return without(kept, dim, keepdim)

    @staticmethod
    def backward(ctx, grad):
        """Each gets its part."""
        return np.zeros(ctx.shape, grad.dtype) + grad.reshape(ctx.kept) / ctx.n


class Amax:
    """out = the largest value of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Take the larger of each pair, until one is left."""
        kept = reduced(np.maximum, a, dim)
        ctx.dim, ctx.kept = dim, kept.shape
        ctx.save_for_backward((a == kept).astype(a.dtype))
        return without(kept, dim, keepdim)

    @staticmethod
    def backward(ctx, grad):
        """Those that tie share in equal parts."""
        (largest,) = ctx.saved_tensors
        return largest / total(largest, ctx.dim) * grad.reshape(ctx.kept)


class Softmax:
    """out = e**a / (the sum of e**a over `dim`)"""

    @staticmethod
    def forward(ctx, a, dim):
        """e to the power of the log_softmax."""
        ctx.dim = dim
        ctx.save_for_backward(np.exp(log_softmax(a, dim)))
        return ctx.saved_tensors[0]

    @staticmethod
    def backward(ctx, grad):
        """`out` times what comes in, less `out` times the sum of that."""
        (out,) = ctx.saved_tensors
        weighed = out * grad
        return weighed - out * total(weighed, ctx.dim)


class LogSoftmax:
    """out = the logarithm of softmax(a)"""

    @staticmethod
    def forward(ctx, a, dim):
        """a - log(the sum of e**a over `dim`), by sums of logarithms."""
        out = log_softmax(a, dim)
        ctx.dim = dim
        ctx.save_for_backward(np.exp(out))
        return out

    @staticmethod
    def backward(ctx, grad):
        """What comes in, less its sum in the parts that the softmax gives."""
        (parts,) = ctx.saved_tensors
        return grad - parts * total(grad, ctx.dim)


def log_softmax(a, dim):
    """Measure the scores from their largest, and take off the logarithm of the sum of powers."""
    if not a.size:
        return a.copy()
    below = a - reduced(np.maximum, a, dim)
    return below - reduced(np.logaddexp, below, dim)
