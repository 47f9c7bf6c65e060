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
        # TODO matmul_forward (1 point): Return the matrix product of `a`, of shape (m, n),
        #   and `b`, of shape (n, p): an array of shape (m, p). Vectors and batches come
        #   too, as the docstring says. Save both with `ctx.save_for_backward`.
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
        # TODO matmul_batches (1 point, extension): Dimensions before the last two are a
        #   batch of matrices: only the last two are transposed. Where a batch was
        #   broadcast, the gradients keep the batch of `out`. `matmul_backward` does not ask
        #   for this.
        # TODO matmul_vectors (1 point, extension): One operand may be a vector, or both: a
        #   row on the left, a column on the right. `grad` lacks that dimension. The
        #   gradient of a vector has shape (n,) again; beside a batch, there is one for each
        #   matrix. `matmul_backward` does not ask for this.
        # Read: lessons/2-operations.md#matmul, #matmul-batches, #matmul-vectors
        raise NotImplementedError("matmul_backward matmul_batches matmul_vectors")
