"""Stage 2, operations: the product of matrices, with a closure for its way back."""

from .elementwise import Operation


class MatMul(Operation):
    """out = a @ b"""

    @staticmethod
    def forward(ctx, a, b):
        """Multiply batches of matrices; a vector is one row on the left, one column on the right.

        The dimension that a vector gains for this is dropped again, from `out` and its gradient.
        """
        rows = a[None, :] if a.ndim == 1 else a
        columns = b[:, None] if b.ndim == 1 else b
        out = rows @ columns
        shape, left, right = out.shape, (-2,) * (a.ndim == 1), (-1,) * (b.ndim == 1)
        needs_a, needs_b = ctx.needs_input_grad

        def pull(grad):
            grad = grad.reshape(shape)
            return (
                (grad @ columns.swapaxes(-1, -2)).squeeze(left) if needs_a else None,
                (rows.swapaxes(-1, -2) @ grad).squeeze(right) if needs_b else None,
            )

        ctx.pull = pull
        return out.squeeze(left + right)
