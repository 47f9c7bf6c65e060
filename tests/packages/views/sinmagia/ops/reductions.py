"""Stage 2, operations along a dimension, on views.

A sum's gradient is spread out without a copy, so that many places are one and the same number.
"""

from math import prod

import numpy as np

from .elementwise import mirrored


def spread(grad, kept, shape):
    """Show each value of a reduction in the place of all that it came from."""
    return np.broadcast_to(grad.reshape(kept), shape)


class Sum:
    """out = the sum of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Add up the array seen backwards."""
        kept = mirrored(lambda a: a.sum(axis=dim, keepdims=True), a)
        ctx.shape, ctx.kept = a.shape, kept.shape
        return kept if keepdim else kept.squeeze(axis=dim)

    @staticmethod
    def backward(ctx, grad):
        """All get their sum's gradient, which is there once."""
        return spread(grad, ctx.kept, ctx.shape)


class Mean:
    """out = the mean of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Average the array seen backwards."""
        kept = mirrored(lambda a: a.mean(axis=dim, keepdims=True), a)
        ctx.shape, ctx.kept = a.shape, kept.shape
        return kept if keepdim else kept.squeeze(axis=dim)

    @staticmethod
    def backward(ctx, grad):
        """All get a part of their mean's gradient, which is there once."""
        n = prod(ctx.shape) // max(grad.size, 1)
        return spread(grad / n, ctx.kept, ctx.shape)


class Amax:
    """out = the largest value of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Take the largest of the array seen backwards."""
        kept = mirrored(lambda a: a.max(axis=dim, keepdims=True), a)
        ctx.dim, ctx.kept = dim, kept.shape
        ctx.save_for_backward(a == kept)
        return kept if keepdim else kept.squeeze(axis=dim)

    @staticmethod
    def backward(ctx, grad):
        """Those that tie share in equal parts."""
        (largest,) = ctx.saved_tensors
        part = grad.reshape(ctx.kept) / largest.sum(axis=ctx.dim, keepdims=True)
        return mirrored(np.multiply, largest, part)


class Softmax:
    """out = e**a / (the sum of e**a over `dim`)"""

    @staticmethod
    def forward(ctx, a, dim):
        """Turn the scores along `dim` into parts of 1, from the last to the first."""
        out = mirrored(lambda a: parts_of_one(a, dim), a)
        ctx.dim = dim
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """What comes in, less its mean weighed by `out`; times `out`."""
        (out,) = ctx.saved_tensors
        return mirrored(
            lambda g, out: out * (g - (g * out).sum(axis=ctx.dim, keepdims=True)), grad, out
        )


class LogSoftmax:
    """out = the logarithm of softmax(a)"""

    @staticmethod
    def forward(ctx, a, dim):
        """a - log(the sum of e**a over `dim`), from the last to the first."""
        out = mirrored(lambda a: logarithms(a, dim), a)
        ctx.dim = dim
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """What comes in, less its sum in the parts that the softmax gives."""
        (out,) = ctx.saved_tensors
        return mirrored(
            lambda g, out: g - np.exp(out) * g.sum(axis=ctx.dim, keepdims=True), grad, out
        )


def logarithms(a, dim):
    """Give the logarithm of the softmax along `dim`."""
    shifted = a - a.max(axis=dim, keepdims=True, initial=-np.inf)
    return shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))


def parts_of_one(a, dim):
    """Give the softmax along `dim`."""
    e = np.exp(a - a.max(axis=dim, keepdims=True, initial=-np.inf))
    return e / e.sum(axis=dim, keepdims=True)
