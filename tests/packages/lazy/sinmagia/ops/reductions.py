"""Stage 2, operations along a dimension, which keep their input and go over it twice."""

from math import prod

import numpy as np

from .elementwise import Later


def without(kept, dim, keepdim):
    """Drop the dimensions of `dim`, which have length 1 by now, unless they are to stay."""
    return kept if keepdim else kept.squeeze(axis=dim)


class Sum:
    """out = the sum of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Add up over `dim`; keep a shape alone."""
        kept = a.sum(axis=dim, keepdims=True)
        ctx.shape, ctx.kept = a.shape, kept.shape
        return without(kept, dim, keepdim)

    @staticmethod
    def backward(ctx, grad):
        """All get their sum's gradient."""
        return np.broadcast_to(grad.reshape(ctx.kept), ctx.shape)


class Mean(Sum):
    """out = the mean of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Average over `dim`; keep a shape alone."""
        kept = a.mean(axis=dim, keepdims=True)
        ctx.shape, ctx.kept = a.shape, kept.shape
        return without(kept, dim, keepdim)

    @staticmethod
    def backward(ctx, grad):
        """As in a sum, but each of the n values to a mean gets only 1/n."""
        return Sum.backward(ctx, grad / (prod(ctx.shape) // max(grad.size, 1)))


class Amax:
    """out = the largest value of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Take the largest over `dim`; which one that was is found out later."""
        kept = a.max(axis=dim, keepdims=True)
        ctx.kept = kept.shape
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(Later(parts_of_largest, a, dim))
        return without(kept, dim, keepdim)

    @staticmethod
    def backward(ctx, grad):
        """Those that tie share in equal parts."""
        (parts,) = ctx.saved_tensors
        return grad.reshape(ctx.kept) * parts.array


class Softmax:
    """out = e**a / (the sum of e**a over `dim`)"""

    @staticmethod
    def forward(ctx, a, dim):
        """Turn the scores along `dim` into parts of 1."""
        ctx.dim = dim
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(Later(softmax, a, dim))
        return softmax(a, dim)

    @staticmethod
    def backward(ctx, grad):
        """What comes in, less its mean weighed by the softmax; times the softmax."""
        parts = ctx.saved_tensors[0].array
        return parts * (grad - (grad * parts).sum(axis=ctx.dim, keepdims=True))


class LogSoftmax:
    """out = the logarithm of softmax(a)"""

    @staticmethod
    def forward(ctx, a, dim):
        """a - log(the sum of e**a over `dim`)."""
        ctx.dim = dim
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(Later(softmax, a, dim))
        below = from_largest(a, dim)
        return below - np.log(np.exp(below).sum(axis=dim, keepdims=True))

    @staticmethod
    def backward(ctx, grad):
        """What comes in, less its sum in the parts that the softmax gives."""
        return grad - ctx.saved_tensors[0].array * grad.sum(axis=ctx.dim, keepdims=True)


def parts_of_largest(a, dim):
    """Divide 1 among those along `dim` that are the largest."""
    largest = a == a.max(axis=dim, keepdims=True)
    return largest / largest.sum(axis=dim, keepdims=True)


def from_largest(a, dim):
    """Measure the scores along `dim` from their largest."""
    return a - a.max(axis=dim, keepdims=True, initial=-np.inf)


def softmax(a, dim):
    """Turn the scores along `dim` into parts of 1."""
    e = np.exp(from_largest(a, dim))
    return e / e.sum(axis=dim, keepdims=True)
