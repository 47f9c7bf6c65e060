"""Stage 2, operations: the same values in another shape."""

import numpy as np


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
