"""Stage 2, operations: many values into few."""

import numpy as np


class Sum:
    """out = the sum of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Add up over `dim`: None for everything, an int or a tuple of ints, negative ones too.

        `keepdim` leaves a summed dimension in place with length 1.
        """
        ### BEGIN SOLUTION
        ctx.shape, ctx.dim, ctx.keepdim = a.shape, dim, keepdim
        return a.sum(axis=dim, keepdims=keepdim)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 for every value that was added, so all of them get their sum's gradient."""
        ### BEGIN SOLUTION
        if ctx.dim is not None and not ctx.keepdim:
            grad = np.expand_dims(grad, ctx.dim)
        return np.broadcast_to(grad, ctx.shape)
        ### END SOLUTION
