"""Stage 2, operations: coordinate by coordinate.

An operation knows its value and its own local derivative, on arrays, and nothing of the graph.
`backward` receives `grad`, the gradient of the final result with respect to `out`, and returns the
same for each input. Where inputs were broadcast it keeps the shape of `out`: undoing the broadcast
is the backward pass's work. An input with `ctx.needs_input_grad` False may get None. Arrays that
come in or go out belong to others: never write into them.
"""

import numpy as np


class Add:
    """out = a + b"""

    @staticmethod
    def forward(ctx, a, b):
        """Add coordinate by coordinate, with broadcasting."""
        return np.add(a, b)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 and d out/d b = 1."""
        return grad, grad


class Mul:
    """out = a * b"""

    @staticmethod
    def forward(ctx, a, b):
        """Multiply coordinate by coordinate, with broadcasting."""
        ctx.save_for_backward(a, b)
        return np.multiply(a, b)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = b and d out/d b = a."""
        a, b = ctx.saved_tensors
        return b * grad, a * grad
