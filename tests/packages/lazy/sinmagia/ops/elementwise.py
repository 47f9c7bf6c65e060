"""Stage 2, operations coordinate by coordinate, which keep their inputs and nothing they computed.

What a derivative needs is computed in the backward pass, anew, and only for an input that needs a
gradient.
"""

from functools import cached_property

import numpy as np


class Later:
    """An array that is computed when it is first asked for."""

    def __init__(self, function, *arguments):
        self._function, self._arguments = function, arguments

    @cached_property
    def array(self):
        """The array; the second time it is there already."""
        return self._function(*self._arguments)


class Signed:
    """A sum whose terms have `signs`: nothing is kept."""

    @classmethod
    def backward(cls, ctx, grad):
        """Each sign is a derivative."""
        signs = zip(cls.signs, ctx.needs_input_grad, strict=True)
        return tuple(sign * grad if needed else None for sign, needed in signs)


class Add(Signed):
    """out = a + b"""

    signs = 1, 1

    @staticmethod
    def forward(ctx, a, b):
        """Add coordinate by coordinate."""
        return a + b


class Sub(Signed):
    """out = a - b"""

    signs = 1, -1

    @staticmethod
    def forward(ctx, a, b):
        """Subtract coordinate by coordinate."""
        return a - b


class Neg(Signed):
    """out = -a"""

    signs = (-1,)

    @staticmethod
    def forward(ctx, a):
        """Change the sign of every value."""
        return -a


class Mul:
    """out = a * b"""

    @staticmethod
    def forward(ctx, a, b):
        """Multiply; keep of each factor what the other one needs."""
        needs_a, needs_b = ctx.needs_input_grad
        ctx.save_for_backward(b if needs_a else None, a if needs_b else None)
        return a * b

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = b and d out/d b = a."""
        return tuple(None if other is None else grad * other for other in ctx.saved_tensors)


class Formula:
    """An operation of a `value`, and a slope for each input; all are functions of the inputs."""

    @classmethod
    def forward(cls, ctx, *inputs, **params):
        """Compute the value; the slopes that are needed have time until the backward pass."""
        arguments = *inputs, *params.values()
        slopes = zip(cls.slopes, ctx.needs_input_grad, strict=True)
        ctx.save_for_backward(*(Later(slope, *arguments) if needed else None
                                for slope, needed in slopes))  # fmt: skip
        return cls.value(*arguments)

    @classmethod
    def backward(cls, ctx, grad):
        """Each input gets its slope times what came in."""
        return tuple(None if slope is None else grad * slope.array for slope in ctx.saved_tensors)


class Div(Formula):
    """out = a / b"""

    value = np.true_divide
    slopes = (lambda a, b: 1 / b, lambda a, b: -a / b / b)


class Pow(Formula):
    """out = a ** exponent, where `exponent` is a number"""

    @staticmethod
    def value(a, exponent):
        """Raise every value to the power `exponent`."""
        return a**exponent

    @staticmethod
    def slope(a, exponent):
        """exponent * a ** (exponent - 1), which is 0 for the exponent 0."""
        return exponent * a ** (exponent - 1) if exponent else np.zeros_like(a)

    slopes = (slope,)


class Exp(Formula):
    """out = e ** a"""

    value = np.exp
    slopes = (np.exp,)


class Log(Formula):
    """out = the natural logarithm of a"""

    value = np.log
    slopes = (np.reciprocal,)


class Sqrt(Formula):
    """out = the square root of a"""

    value = np.sqrt
    slopes = (lambda a: 0.5 / np.sqrt(a),)


class Abs(Formula):
    """out = |a|"""

    value = np.abs
    slopes = (np.sign,)


class ReLU(Formula):
    """out = max(a, 0)"""

    value = staticmethod(lambda a: np.maximum(a, 0))
    slopes = (lambda a: a > 0,)


class Tanh(Formula):
    """out = tanh(a)"""

    value = np.tanh
    slopes = (lambda a: 1 - np.tanh(a) ** 2,)


def logistic(a):
    """1 / (1 + e**-a), of a power that is at most 1."""
    e = np.exp(-np.abs(a))
    return np.where(a < 0, e, 1) / (1 + e)


class Sigmoid(Formula):
    """out = 1 / (1 + e**-a)"""

    value = staticmethod(logistic)
    slopes = (lambda a: logistic(a) * logistic(-a),)


class Maximum(Formula):
    """out = the larger of a and b; of a tie each gets half"""

    value = np.maximum
    slopes = (lambda a, b: (a > b) + (a == b) / 2, lambda a, b: (b > a) + (a == b) / 2)
