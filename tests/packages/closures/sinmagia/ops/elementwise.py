"""Stage 2, operations coordinate by coordinate, each with a closure for its way back.

`forward` leaves `ctx.pull`, a function from the gradient of `out` to that of the input, or to a
tuple of them; it captures what it needs, but never `ctx` itself, which holds it.
"""

import numpy as np


class Operation:
    """What all operations share: the way back is the closure that `forward` has left."""

    @staticmethod
    def backward(ctx, grad):
        """Call the closure."""
        return ctx.pull(grad)


class Add(Operation):
    """out = a + b"""

    @staticmethod
    def forward(ctx, a, b):
        ctx.pull = lambda grad: (grad, grad)
        return a + b


class Sub(Operation):
    """out = a - b"""

    @staticmethod
    def forward(ctx, a, b):
        ctx.pull = lambda grad: (grad, -grad)
        return a - b


class Mul(Operation):
    """out = a * b"""

    @staticmethod
    def forward(ctx, a, b):
        needs_a, needs_b = ctx.needs_input_grad
        ctx.pull = lambda grad: (grad * b if needs_a else None, grad * a if needs_b else None)
        return a * b


class Div(Operation):
    """out = a / b"""

    @staticmethod
    def forward(ctx, a, b):
        ctx.pull = lambda grad: (grad / b, -(grad / b) * (a / b))
        return a / b


class Neg(Operation):
    """out = -a"""

    @staticmethod
    def forward(ctx, a):
        ctx.pull = lambda grad: -grad
        return -a


class Pow(Operation):
    """out = a ** exponent, where `exponent` is a number"""

    @staticmethod
    def forward(ctx, a, exponent):
        def pull(grad):
            if exponent == 0:
                return np.zeros_like(grad)  # at a = 0 the formula would say 0 / 0
            return exponent * a ** (exponent - 1) * grad

        ctx.pull = pull
        return a**exponent


class Exp(Operation):
    """out = e ** a"""

    @staticmethod
    def forward(ctx, a):
        out = np.exp(a)
        ctx.pull = lambda grad: grad * out
        return out


class Log(Operation):
    """out = the natural logarithm of a"""

    @staticmethod
    def forward(ctx, a):
        ctx.pull = lambda grad: grad / a
        return np.log(a)


class Sqrt(Operation):
    """out = the square root of a"""

    @staticmethod
    def forward(ctx, a):
        out = np.sqrt(a)
        ctx.pull = lambda grad: grad / out / 2
        return out


class Abs(Operation):
    """out = |a|; at zero, where there is no slope, 0 goes back"""

    @staticmethod
    def forward(ctx, a):
        ctx.pull = lambda grad: grad * np.sign(a)
        return np.abs(a)


class ReLU(Operation):
    """out = max(a, 0); at zero, where there is no slope, 0 goes back"""

    @staticmethod
    def forward(ctx, a):
        out = np.maximum(a, 0)
        ctx.pull = lambda grad: np.where(out > 0, grad, 0)
        return out


class Tanh(Operation):
    """out = tanh(a), between -1 and 1"""

    @staticmethod
    def forward(ctx, a):
        out = np.tanh(a)
        ctx.pull = lambda grad: grad * (1 - out) * (1 + out)
        return out


class Sigmoid(Operation):
    """out = 1 / (1 + e**-a), between 0 and 1"""

    @staticmethod
    def forward(ctx, a):
        out = np.exp(-np.logaddexp(0, -a))  # log(1 + e**-a), which does not overflow
        ctx.pull = lambda grad: grad * out * (1 - out)
        return out


class Maximum(Operation):
    """out = the larger of a and b; of a tie, each of the two gets half"""

    @staticmethod
    def forward(ctx, a, b):
        def pull(grad):
            of_a = np.where(a > b, grad, np.where(a == b, grad / 2, 0))
            return of_a, grad - of_a

        ctx.pull = pull
        return np.maximum(a, b)
