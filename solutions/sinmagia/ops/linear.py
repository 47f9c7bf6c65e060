"""Stage 2, operations: the product of matrices, the work inside every layer."""

import numpy as np


class MatMul:
    """out = a @ b"""

    @staticmethod
    def forward(ctx, a, b):
        """out[i, j] = the sum over k of a[i, k] b[k, j]: (m, n) @ (n, p) gives (m, p).

        Dimensions before the last two are a batch of matrices, and broadcast. A vector on the left
        is a single row, on the right a single column; that dimension does not appear in `out`.
        """
        ### BEGIN SOLUTION
        ctx.save_for_backward(a, b)
        return a @ b
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """Each gradient is a matrix product too: grad with b transposed, a transposed with grad."""
        ### BEGIN SOLUTION
        a, b = ctx.saved_tensors
        needs_a, needs_b = ctx.needs_input_grad
        rows = a[None, :] if a.ndim == 1 else a  # (..., m, n)
        columns = b[:, None] if b.ndim == 1 else b  # (..., n, p)
        if b.ndim == 1:
            grad = grad[..., None]
        if a.ndim == 1:
            grad = grad[..., None, :]  # (..., m, p)
        grad_a = grad_b = None
        if needs_a:
            grad_a = grad @ np.swapaxes(columns, -1, -2)  # (..., m, p) @ (..., p, n)
            grad_a = grad_a[..., 0, :] if a.ndim == 1 else grad_a
        if needs_b:
            # rows.T @ grad as (grad.T @ rows).T: a layer's weight.T gets it in the weight's order
            grad_b = np.swapaxes(np.swapaxes(grad, -1, -2) @ rows, -1, -2)  # (..., n, p)
            grad_b = grad_b[..., 0] if b.ndim == 1 else grad_b
        return grad_a, grad_b
        ### END SOLUTION
