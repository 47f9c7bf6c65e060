"""Stage 2, operations: many values into few."""

import numpy as np


class Sum:
    """out = the sum of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Add up over `dim`: None for everything, an int or a tuple of ints, negative ones too.

        `keepdim` leaves a summed dimension in place with length 1.
        """
        ctx.save_for_backward(a)
        return np.sum(a, axis=dim, keepdims=keepdim)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 for every value that was added, so all of them get their sum's gradient."""
        (a,) = ctx.saved_tensors
        return grad * np.ones_like(a)
