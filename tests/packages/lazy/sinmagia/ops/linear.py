"""Stage 2, the product of matrices, which keeps of each factor only what the other one needs."""

import numpy as np


class MatMul:
    """out = a @ b"""

    @staticmethod
    def forward(ctx, a, b):
        """Multiply rows by columns; a vector is one row on the left, one column on the right."""
        needs_a, needs_b = ctx.needs_input_grad
        ctx.save_for_backward(b if needs_a else None, a if needs_b else None)
        ctx.row, ctx.column = a.ndim == 1, b.ndim == 1
        return a @ b

    @staticmethod
    def backward(ctx, grad):
        """grad with b transposed, a transposed with grad."""
        b, a = ctx.saved_tensors
        grad = np.expand_dims(grad, -1) if ctx.column else grad
        grad = np.expand_dims(grad, -2) if ctx.row else grad
        of_a = of_b = None
        if b is not None:
            of_a = grad @ (b[None, :] if ctx.column else np.swapaxes(b, -1, -2))
            of_a = of_a.squeeze(axis=-2) if ctx.row else of_a
        if a is not None:
            of_b = (a[:, None] if ctx.row else np.swapaxes(a, -1, -2)) @ grad
            of_b = of_b.squeeze(axis=-1) if ctx.column else of_b
        return of_a, of_b
