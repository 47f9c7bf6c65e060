"""Stage 2, operations: coordinate by coordinate.

An operation knows its value and its own local derivative, on arrays, and nothing of the graph.
`backward` receives `grad`, the gradient of the final result with respect to `out`, and returns the
same for each input. Where inputs were broadcast it keeps the shape of `out`: undoing the broadcast
is the backward pass's work. An input with `ctx.needs_input_grad` False may get None. Arrays that
come in or go out belong to others: never write into them.
"""


class Add:
    """out = a + b"""

    @staticmethod
    def forward(ctx, a, b):
        """Add coordinate by coordinate, with broadcasting."""
        ### BEGIN SOLUTION
        return a + b
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 and d out/d b = 1."""
        ### BEGIN SOLUTION
        return grad, grad
        ### END SOLUTION


class Mul:
    """out = a * b"""

    @staticmethod
    def forward(ctx, a, b):
        """Multiply coordinate by coordinate, with broadcasting."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(a, b)
        return a * b
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = b and d out/d b = a."""
        ### BEGIN SOLUTION
        a, b = ctx.saved_tensors
        needs_a, needs_b = ctx.needs_input_grad
        return grad * b if needs_a else None, grad * a if needs_b else None
        ### END SOLUTION
