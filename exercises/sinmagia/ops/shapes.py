"""Stage 2, operations: the same values in another shape."""

import numpy as np


class Transpose:
    """out = a with `dim0` and `dim1` exchanged"""

    @staticmethod
    def forward(ctx, a, dim0, dim1):
        """Exchange two dimensions: (rows, columns) becomes (columns, rows)."""
        # TODO transpose_forward (1 point): Return `a` with the dimensions `dim0` and `dim1`
        #   exchanged and all the others where they were. Either may be negative. Keep both
        #   as attributes of `ctx` for the way back.
        # Read: lessons/2-operations.md#transpose
        raise NotImplementedError("transpose_forward")

    @staticmethod
    def backward(ctx, grad):
        """Every value only moved, so its gradient moves back."""
        # TODO transpose_backward (1 point): Return one array of the shape of `a`: the
        #   values of `grad`, each moved back to where its value was in `a`. No arithmetic
        #   is needed.
        # Read: lessons/2-operations.md#transpose
        raise NotImplementedError("transpose_backward")
