"""Stage 2, the product of matrices: everything is computed transposed and shown as a view."""

import numpy as np


def turned(a):
    """Show every matrix of a batch transposed."""
    return np.swapaxes(a, -1, -2)


def as_matrices(a, b):
    """Show a vector on the left as a single row, on the right as a single column."""
    return np.atleast_2d(a), b[:, None] if b.ndim == 1 else b


class MatMul:
    """out = a @ b"""

    @staticmethod
    def forward(ctx, a, b):
        """Transposed, it is b transposed times a transposed."""
        ctx.save_for_backward(a, b)
        rows, columns = as_matrices(a, b)
        out = turned(turned(columns) @ turned(rows))
        out = out[..., 0, :] if a.ndim == 1 else out
        return out[..., 0] if b.ndim == 1 else out

    @staticmethod
    def backward(ctx, grad):
        """grad with b transposed, a transposed with grad; both seen transposed."""
        a, b = ctx.saved_tensors
        rows, columns = as_matrices(a, b)
        grad = grad[..., None] if b.ndim == 1 else grad
        grad = grad[..., None, :] if a.ndim == 1 else grad
        of_a, of_b = turned(columns @ turned(grad)), turned(turned(grad) @ rows)
        return of_a[..., 0, :] if a.ndim == 1 else of_a, of_b[..., 0] if b.ndim == 1 else of_b
