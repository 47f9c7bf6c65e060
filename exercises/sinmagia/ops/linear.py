"""Stage 2, operations: the product of matrices, the work inside every layer."""

import numpy as np


class MatMul:
    """out = a @ b"""

    @staticmethod
    def forward(ctx, a, b):
        """out[i, j] = sum over k of a[i, k] b[k, j]: (m, n) @ (n, p) gives (m, p)."""
        # TODO matmul_forward (1 point): Return the matrix product of `a`, of shape (m, n),
        #   and `b`, of shape (n, p): an array of shape (m, p). Save both with
        #   `ctx.save_for_backward`.
        # Read: lessons/2-operations.md#matmul
        raise NotImplementedError("matmul_forward")

    @staticmethod
    def backward(ctx, grad):
        """Each gradient is a matrix product too: grad with b transposed, a transposed with grad."""
        # TODO matmul_backward (1 point): From `grad`, of shape (m, p), and the saved
        #   arrays, return a tuple: the gradient for `a`, of shape (m, n), and the one for
        #   `b`, of shape (n, p). Where `ctx.needs_input_grad` is False you may return None.
        #   On square matrices every order and every transpose fits, the wrong ones too:
        #   check the formula, not only the shapes.
        # Read: lessons/2-operations.md#matmul
        raise NotImplementedError("matmul_backward")
