"""Stage 2, operations along a dimension, each with a closure for its way back.

`dim` says over which dimensions: None for all, an int or a tuple of ints, negative ones too; a
softmax takes one int. `keepdim` keeps a reduced dimension in its place, with length 1.
"""

import numpy as np

from .elementwise import Operation


def reopened(shape, dim, keepdim):
    """Make the function that spreads a reduced array over `shape` again."""

    def spread(reduced):
        if dim is not None and not keepdim:
            reduced = np.expand_dims(reduced, dim)
        return np.broadcast_to(reduced, shape)

    return spread


class Sum(Operation):
    """out = the sum of a over `dim`; all that was added gets the gradient of its sum"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        ctx.pull = reopened(a.shape, dim, keepdim)
        return a.sum(axis=dim, keepdims=keepdim)


class Mean(Operation):
    """out = the mean of a over `dim`; each of n values gets 1/n of the gradient"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        out = a.mean(axis=dim, keepdims=keepdim)
        n, spread = a.size // max(out.size, 1), reopened(a.shape, dim, keepdim)
        ctx.pull = lambda grad: spread(grad / n)
        return out


class Amax(Operation):
    """out = the largest value of a over `dim`; those that tie share in equal parts"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        out, spread = a.max(axis=dim, keepdims=keepdim), reopened(a.shape, dim, keepdim)
        largest = a == spread(out)

        def pull(grad):
            return np.where(largest, spread(grad / largest.sum(axis=dim, keepdims=keepdim)), 0)

        ctx.pull = pull
        return out


class Softmax(Operation):
    """out = e**a / (the sum of e**a over `dim`), however large the scores are"""

    @staticmethod
    def forward(ctx, a, dim):
        e = np.exp(a - a.max(axis=dim, keepdims=True, initial=-np.inf))
        out = e / e.sum(axis=dim, keepdims=True)

        def pull(grad):
            weighted = grad * out
            return weighted - out * weighted.sum(axis=dim, keepdims=True)

        ctx.pull = pull
        return out


class LogSoftmax(Operation):
    """out = the logarithm of softmax(a), without its loss of digits"""

    @staticmethod
    def forward(ctx, a, dim):
        a = a - a.max(axis=dim, keepdims=True, initial=-np.inf)
        e = np.exp(a)
        total = e.sum(axis=dim, keepdims=True)
        ctx.pull = lambda grad: grad - e * (grad.sum(axis=dim, keepdims=True) / total)
        return a - np.log(total)
