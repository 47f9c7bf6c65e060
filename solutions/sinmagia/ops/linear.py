"""Stage 2, operations: the product of matrices, the work inside every layer."""

import numpy as np


class MatMul:
    """out = a @ b"""

    @staticmethod
    def forward(ctx, a, b):
        """out[i, j] = sum over k of a[i, k] b[k, j]: (m, n) @ (n, p) gives (m, p)."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(a, b)
        return a @ b  # (m, p)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """Each gradient is a matrix product too: grad with b transposed, a transposed with grad."""
        ### BEGIN SOLUTION
        a, b = ctx.saved_tensors
        needs_a, needs_b = ctx.needs_input_grad
        grad_a = grad @ np.swapaxes(b, -1, -2) if needs_a else None  # (m, p) @ (p, n)
        grad_b = np.swapaxes(a, -1, -2) @ grad if needs_b else None  # (n, m) @ (m, p)
        return grad_a, grad_b
        ### END SOLUTION
