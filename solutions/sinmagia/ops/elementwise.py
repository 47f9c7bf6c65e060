"""Stage 2, operations: coordinate by coordinate.

An operation knows its value and its own local derivative, on arrays, and nothing of the graph.
`backward` receives `grad`, the gradient of the final result with respect to `out`, and returns the
gradient with respect to its input, or a tuple of them, one for each input. What it needs, `forward`
leaves in `ctx`: arrays by `ctx.save_for_backward(…)`, which come back as the tuple
`ctx.saved_tensors`, and the rest as attributes. Where inputs were broadcast, the gradient keeps the
shape of `out`: undoing the broadcast is the backward pass's work. An input with
`ctx.needs_input_grad` False may get None. Arrays that come in or go out belong to others: never
write into them.
"""

import numpy as np


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


class Sub:
    """out = a - b"""

    @staticmethod
    def forward(ctx, a, b):
        """Subtract coordinate by coordinate, with broadcasting."""
        ### BEGIN SOLUTION
        return a - b
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 and d out/d b = -1."""
        ### BEGIN SOLUTION
        return grad, -grad if ctx.needs_input_grad[1] else None
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


class Div:
    """out = a / b"""

    @staticmethod
    def forward(ctx, a, b):
        """Divide coordinate by coordinate, with broadcasting."""
        ### BEGIN SOLUTION
        out = a / b
        ctx.save_for_backward(b, out)
        return out
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / b and d out/d b = -a / b**2."""
        ### BEGIN SOLUTION
        b, out = ctx.saved_tensors
        grad_a = grad / b
        return grad_a, -grad_a * out if ctx.needs_input_grad[1] else None
        ### END SOLUTION


class Neg:
    """out = -a"""

    @staticmethod
    def forward(ctx, a):
        """Change the sign of every value."""
        ### BEGIN SOLUTION
        return -a
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = -1."""
        ### BEGIN SOLUTION
        return -grad
        ### END SOLUTION


class Pow:
    """out = a ** exponent, where `exponent` is a number"""

    @staticmethod
    def forward(ctx, a, exponent):
        """Raise every value to the power `exponent`, an int or a float."""
        ### BEGIN SOLUTION
        ctx.exponent = exponent
        ctx.save_for_backward(a)
        return a**exponent
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = exponent * a ** (exponent - 1), which is 0 for the exponent 0."""
        ### BEGIN SOLUTION
        (a,) = ctx.saved_tensors
        if ctx.exponent == 0:
            return np.zeros_like(grad)  # at a = 0 the formula would say 0 / 0
        return grad * (ctx.exponent * a ** (ctx.exponent - 1))
        ### END SOLUTION


class Exp:
    """out = e ** a"""

    @staticmethod
    def forward(ctx, a):
        """Raise e to every value."""
        ### BEGIN SOLUTION
        out = np.exp(a)
        ctx.save_for_backward(out)
        return out
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = out: the exponential is its own derivative."""
        ### BEGIN SOLUTION
        (out,) = ctx.saved_tensors
        return grad * out
        ### END SOLUTION


class Log:
    """out = the natural logarithm of a"""

    @staticmethod
    def forward(ctx, a):
        """Take the natural logarithm of every value."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(a)
        return np.log(a)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / a."""
        ### BEGIN SOLUTION
        (a,) = ctx.saved_tensors
        return grad / a
        ### END SOLUTION


class Sqrt:
    """out = the square root of a"""

    @staticmethod
    def forward(ctx, a):
        """Take the square root of every value."""
        ### BEGIN SOLUTION
        out = np.sqrt(a)
        ctx.save_for_backward(out)
        return out
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / (2 out)."""
        ### BEGIN SOLUTION
        (out,) = ctx.saved_tensors
        return grad / (2 * out)
        ### END SOLUTION


class Abs:
    """out = |a|"""

    @staticmethod
    def forward(ctx, a):
        """Take every value without its sign."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(a)
        return np.abs(a)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 above zero and -1 below; at zero, where there is no slope, 0."""
        ### BEGIN SOLUTION
        (a,) = ctx.saved_tensors
        return grad * np.sign(a)
        ### END SOLUTION


class ReLU:
    """out = max(a, 0)"""

    @staticmethod
    def forward(ctx, a):
        """Keep what is positive, put 0 for the rest."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(a > 0)
        return np.maximum(a, 0)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 above zero and 0 below; at zero, where there is no slope, 0."""
        ### BEGIN SOLUTION
        (positive,) = ctx.saved_tensors
        return grad * positive
        ### END SOLUTION


class Tanh:
    """out = tanh(a), between -1 and 1"""

    @staticmethod
    def forward(ctx, a):
        """Take the hyperbolic tangent of every value, also far from zero."""
        ### BEGIN SOLUTION
        out = np.tanh(a)
        ctx.save_for_backward(out)
        return out
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 - out**2."""
        ### BEGIN SOLUTION
        (out,) = ctx.saved_tensors
        return grad * (1 - out * out)
        ### END SOLUTION


class Sigmoid:
    """out = 1 / (1 + e**-a), between 0 and 1"""

    @staticmethod
    def forward(ctx, a):
        """Take the logistic function of every value, also far from zero."""
        ### BEGIN SOLUTION
        e = np.exp(-np.abs(a))  # at most 1, so that nothing overflows
        out = np.where(a >= 0, 1, e) / (1 + e)  # below zero e**a / (1 + e**a), the same
        ctx.save_for_backward(out)
        return out
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = out (1 - out)."""
        ### BEGIN SOLUTION
        (out,) = ctx.saved_tensors
        return grad * out * (1 - out)
        ### END SOLUTION


class Maximum:
    """out = the larger of a and b"""

    @staticmethod
    def forward(ctx, a, b):
        """Take the larger value of each pair, with broadcasting."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(a, b)
        return np.maximum(a, b)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 where a is the larger, else 0; of a tie, each of the two gets half."""
        ### BEGIN SOLUTION
        a, b = ctx.saved_tensors
        won = np.where(a == b, grad / 2, grad)
        return np.where(a < b, 0, won), np.where(b < a, 0, won)
        ### END SOLUTION
