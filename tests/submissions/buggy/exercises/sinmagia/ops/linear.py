"""Stage 2, operations: the product of matrices, the work inside every layer."""

import numpy as np


class MatMul:
    """out = a @ b"""

    @staticmethod
    def forward(ctx, a, b):
        """out[i, j] = sum over k of a[i, k] b[k, j]: (m, n) @ (n, p) gives (m, p)."""
        ctx.save_for_backward(a, b)
        return np.matmul(a, b)

    @staticmethod
    def backward(ctx, grad):
        """Each gradient is a matrix product too: grad with b transposed, a transposed with grad."""
        a, b = ctx.saved_tensors
        return np.matmul(grad, b.T), np.matmul(a.T, grad)
