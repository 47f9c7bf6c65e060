"""Stage 2, operations: along a dimension, many values into few or into parts of a whole.

`dim` says over which dimensions: None for all, an int or a tuple of ints, negative ones too; a
softmax takes one int. `keepdim` keeps a reduced dimension in its place, with length 1.
"""

import numpy as np


class Sum:
    """out = the sum of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Add up over `dim`."""
        kept = a.sum(axis=dim, keepdims=True)
        ctx.shape, ctx.kept = a.shape, kept.shape
        return kept if keepdim else kept.squeeze(axis=dim)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 for every value that was added, so all of them get their sum's gradient."""
        return np.broadcast_to(grad, ctx.shape)


class Mean:
    """out = the mean of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Average over `dim`."""
        kept = a.sum(axis=dim, keepdims=True)
        ctx.shape, ctx.kept = a.shape, kept.shape
        ctx.n = a.size // max(kept.size, 1)  # values to each mean
        return (kept if keepdim else kept.squeeze(axis=dim)) / ctx.n

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1/n for each of the n values that were averaged."""
        return np.broadcast_to(grad.reshape(ctx.kept) / ctx.n, ctx.shape)


class Amax:
    """out = the largest value of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Take the largest over `dim`."""
        kept = a.max(axis=dim, keepdims=True)
        ctx.dim, ctx.kept = dim, kept.shape
        ctx.save_for_backward(a == kept)
        return kept if keepdim else kept.squeeze(axis=dim)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 for the largest and 0 for the rest; those that tie share in equal parts."""
        (largest,) = ctx.saved_tensors
        return largest * (grad.reshape(ctx.kept) / largest.sum(axis=ctx.dim, keepdims=True))


class Softmax:
    """out = e**a / (the sum of e**a over `dim`)"""

    @staticmethod
    def forward(ctx, a, dim):
        """Turn the scores along `dim`, however large, into positive numbers that add up to 1."""
        e = np.exp(a - a.max(axis=dim, keepdims=True, initial=-np.inf))  # at most 1
        out = e / e.sum(axis=dim, keepdims=True)
        ctx.dim = dim
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """d out[i]/d a[j] = out[i] ((i == j) - out[j]); a[j] gets the sum of grad[i] times it."""
        (out,) = ctx.saved_tensors
        return out * (grad - (grad * out).sum(axis=ctx.dim, keepdims=True))


class LogSoftmax:
    """out = the logarithm of softmax(a), without its loss of digits"""

    @staticmethod
    def forward(ctx, a, dim):
        """a - log(the sum of e**a over `dim`), however large or far apart the scores are."""
        shifted = a - a.max(axis=dim, keepdims=True, initial=-np.inf)
        out = shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))
        ctx.dim = dim
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """d out[i]/d a[j] = (i == j) - softmax(a)[j]; a[j] gets the sum of grad[i] times it."""
        (out,) = ctx.saved_tensors
        return grad - np.exp(out) * grad.sum(axis=ctx.dim, keepdims=True)
