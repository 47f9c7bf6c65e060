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
        # TODO add_forward (1 point): Return the sum of the arrays `a` and `b`, coordinate
        #   by coordinate, with broadcasting where their shapes differ. Nothing needs saving
        #   in `ctx`. Leave `a` and `b` as they came.
        # Read: lessons/2-operations.md#add
        raise NotImplementedError("add_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 and d out/d b = 1."""
        # TODO add_backward (1 point): Return a tuple: the gradient for `a` and the gradient
        #   for `b`, each the local derivative times `grad`. Both keep the shape of `grad`,
        #   even if an input was broadcast. Never write into `grad`.
        # Read: lessons/2-operations.md#add
        raise NotImplementedError("add_backward")


class Mul:
    """out = a * b"""

    @staticmethod
    def forward(ctx, a, b):
        """Multiply coordinate by coordinate, with broadcasting."""
        # TODO mul_forward (1 point): Return the product of `a` and `b`, coordinate by
        #   coordinate, with broadcasting where their shapes differ. Save both arrays with
        #   `ctx.save_for_backward`: the derivative needs their values.
        # Read: lessons/2-operations.md#mul
        raise NotImplementedError("mul_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = b and d out/d b = a."""
        # TODO mul_backward (1 point): Take `a` and `b` from `ctx.saved_tensors` and return
        #   a tuple: the gradient for `a` and the one for `b`, each the local derivative
        #   times `grad`. Both keep the shape of `grad`, even if an input was broadcast.
        #   Where `ctx.needs_input_grad` is False you may return None. Write into none of
        #   these arrays.
        # Read: lessons/2-operations.md#mul
        raise NotImplementedError("mul_backward")
