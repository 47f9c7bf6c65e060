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
        return a + b

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 and d out/d b = 1."""
        return grad, grad


class Sub:
    """out = a - b"""

    @staticmethod
    def forward(ctx, a, b):
        """Subtract coordinate by coordinate, with broadcasting."""
        return a - b

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 and d out/d b = -1."""
        return grad, -grad if ctx.needs_input_grad[1] else None


class Mul:
    """out = a * b"""

    @staticmethod
    def forward(ctx, a, b):
        """Multiply coordinate by coordinate, with broadcasting."""
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = b and d out/d b = a."""
        a, b = ctx.saved_tensors
        needs_a, needs_b = ctx.needs_input_grad
        return grad * b if needs_a else None, grad * a if needs_b else None


class Div:
    """out = a / b"""

    @staticmethod
    def forward(ctx, a, b):
        """Divide coordinate by coordinate, with broadcasting."""
        out = a / b
        ctx.save_for_backward(b, out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / b and d out/d b = -a / b**2."""
        b, out = ctx.saved_tensors
        grad_a = grad / b
        return grad_a, -grad_a * out if ctx.needs_input_grad[1] else None


class Neg:
    """out = -a"""

    @staticmethod
    def forward(ctx, a):
        """Change the sign of every value."""
        return -a

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = -1."""
        return -grad


class Pow:
    """out = a ** exponent, where `exponent` is a number"""

    @staticmethod
    def forward(ctx, a, exponent):
        """Raise every value to the power `exponent`, an int or a float."""
        ctx.exponent = exponent
        ctx.save_for_backward(a)
        return a**exponent

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = exponent * a ** (exponent - 1), which is 0 for the exponent 0."""
        (a,) = ctx.saved_tensors
        if ctx.exponent == 0:
            return np.zeros_like(grad)  # at a = 0 the formula would say 0 / 0
        return grad * (ctx.exponent * a ** (ctx.exponent - 1))


class Exp:
    """out = e ** a"""

    @staticmethod
    def forward(ctx, a):
        """Raise e to every value."""
        out = np.exp(a)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = out: the exponential is its own derivative."""
        (out,) = ctx.saved_tensors
        return grad * out


class Log:
    """out = the natural logarithm of a"""

    @staticmethod
    def forward(ctx, a):
        """Take the natural logarithm of every value."""
        ctx.save_for_backward(a)
        return np.log(a)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / a."""
        (a,) = ctx.saved_tensors
        return grad / a


class Sqrt:
    """out = the square root of a"""

    @staticmethod
    def forward(ctx, a):
        """Take the square root of every value."""
        out = np.sqrt(a)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / (2 out)."""
        (out,) = ctx.saved_tensors
        return grad / (2 * out)


class Abs:
    """out = |a|"""

    @staticmethod
    def forward(ctx, a):
        """Take every value without its sign."""
        ctx.save_for_backward(a)
        return np.abs(a)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 above zero and -1 below; at zero, where there is no slope, 0."""
        (a,) = ctx.saved_tensors
        return grad * np.sign(a)


class ReLU:
    """out = max(a, 0)"""

    @staticmethod
    def forward(ctx, a):
        """Keep what is positive, put 0 for the rest."""
        ctx.save_for_backward(a > 0)
        return np.maximum(a, 0)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 above zero and 0 below; at zero, where there is no slope, 0."""
        (positive,) = ctx.saved_tensors
        return grad * positive


class Tanh:
    """out = tanh(a), between -1 and 1"""

    @staticmethod
    def forward(ctx, a):
        """Take the hyperbolic tangent of every value, also far from zero."""
        out = np.tanh(a)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 - out**2."""
        (out,) = ctx.saved_tensors
        return grad * (1 - out * out)


class Sigmoid:
    """out = 1 / (1 + e**-a), between 0 and 1"""

    @staticmethod
    def forward(ctx, a):
        """Take the logistic function of every value, also far from zero."""
        e = np.exp(-np.abs(a))  # at most 1, so that nothing overflows
        out = np.where(a >= 0, 1, e) / (1 + e)  # below zero e**a / (1 + e**a), the same
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = out (1 - out)."""
        (out,) = ctx.saved_tensors
        return grad * out * (1 - out)


class Maximum:
    """out = the larger of a and b"""

    @staticmethod
    def forward(ctx, a, b):
        """Take the larger value of each pair, with broadcasting."""
        ctx.save_for_backward(a, b)
        return np.maximum(a, b)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 where a is the larger, else 0; of a tie, each of the two gets half."""
        a, b = ctx.saved_tensors
        won = np.where(a == b, grad / 2, grad)
        return np.where(a < b, 0, won), np.where(b < a, 0, won)
