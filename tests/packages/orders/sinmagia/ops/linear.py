"""Stage 2, the product of matrices as Einstein's sums: an index that is left out is summed over."""

import numpy as np


def indices(a, b):
    """Name the dimensions of a, of b and of their product."""
    i, j = "i" * (a.ndim > 1), "j" * (b.ndim > 1)
    return f"...{i}k", f"...k{j}", f"...{i}{j}"


class MatMul:
    """out = a @ b"""

    @staticmethod
    def forward(ctx, a, b):
        """out[i, j] = the sum over k of a[i, k] b[k, j]."""
        ctx.save_for_backward(a, b)
        left, right, out = indices(a, b)
        return np.einsum(f"{left},{right}->{out}", a, b)

    @staticmethod
    def backward(ctx, grad):
        """Of a[i, k] the sum over j of grad[i, j] b[k, j]; of b[k, j] that over i with a[i, k]."""
        a, b = ctx.saved_tensors
        left, right, out = indices(a, b)
        return (
            np.einsum(f"{out},{right}->{left}", grad, b),
            np.einsum(f"{left},{out}->{right}", a, grad),
        )
