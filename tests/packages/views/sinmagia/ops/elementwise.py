"""Stage 2, operations coordinate by coordinate, whose arrays lie oddly in memory.

The gradients of a pair are slices of one array, value beside value; other arrays run backwards
through memory, or column by column, and what is handed out again is a view that cannot be written.
"""

import numpy as np


def mirrored(f, *arrays):
    """Compute `f` from the last value to the first: its result runs backwards through memory."""
    return np.flip(f(*map(np.flip, arrays)))


def interleaved(of_a, of_b):
    """Put two gradients into one array, value beside value; give both as slices of it."""
    both = np.stack([of_a, of_b], axis=-1)
    return both[..., 0], both[..., 1]


class Add:
    """out = a + b"""

    @staticmethod
    def forward(ctx, a, b):
        """Add from the last value to the first."""
        return mirrored(np.add, a, b)

    @staticmethod
    def backward(ctx, grad):
        """Both get the very array that came in."""
        return grad, grad


class Sub:
    """out = a - b"""

    @staticmethod
    def forward(ctx, a, b):
        """Subtract from the last value to the first."""
        return mirrored(np.subtract, a, b)

    @staticmethod
    def backward(ctx, grad):
        """The first gets the array that came in."""
        return grad, mirrored(np.negative, grad)


class Mul:
    """out = a * b"""

    @staticmethod
    def forward(ctx, a, b):
        """Multiply from the last value to the first."""
        ctx.save_for_backward(a, b)
        return mirrored(np.multiply, a, b)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = b and d out/d b = a, in one array."""
        a, b = ctx.saved_tensors
        return interleaved(grad * b, grad * a)


class Div:
    """out = a / b"""

    @staticmethod
    def forward(ctx, a, b):
        """Divide from the last value to the first."""
        ctx.save_for_backward(a, b)
        return mirrored(np.true_divide, a, b)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / b and d out/d b = -a / b**2, in one array."""
        a, b = ctx.saved_tensors
        return interleaved(grad / b, -grad / b * (a / b))


class Neg:
    """out = -a"""

    @staticmethod
    def forward(ctx, a):
        """Change every sign, from the last value to the first."""
        return mirrored(np.negative, a)

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = -1."""
        return mirrored(np.negative, grad)


class Pow:
    """out = a ** exponent, where `exponent` is a number"""

    @staticmethod
    def forward(ctx, a, exponent):
        """Raise every value to the power `exponent`."""
        ctx.exponent = exponent
        ctx.save_for_backward(a)
        return mirrored(lambda a: a**exponent, a)

    @staticmethod
    def backward(ctx, grad):
        """Of the exponent 0 one zero for all, of 1 the array that came in."""
        (a,) = ctx.saved_tensors
        if ctx.exponent == 0:
            return np.broadcast_to(np.zeros((), grad.dtype), grad.shape)
        if ctx.exponent == 1:
            return grad
        return mirrored(lambda g, a: g * (ctx.exponent * a ** (ctx.exponent - 1)), grad, a)


class Exp:
    """out = e ** a"""

    @staticmethod
    def forward(ctx, a):
        """Raise e to every value, column by column."""
        out = np.exp(a, order="F")
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = out."""
        return mirrored(np.multiply, grad, *ctx.saved_tensors)


class Log:
    """out = the natural logarithm of a"""

    @staticmethod
    def forward(ctx, a):
        """Take every logarithm, column by column."""
        ctx.save_for_backward(a)
        return np.log(a, order="F")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / a."""
        return mirrored(np.true_divide, grad, *ctx.saved_tensors)


class Sqrt:
    """out = the square root of a"""

    @staticmethod
    def forward(ctx, a):
        """Take every root, column by column."""
        out = np.sqrt(a, order="F")
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / (2 out)."""
        return mirrored(lambda g, out: g / (2 * out), grad, *ctx.saved_tensors)


class Abs:
    """out = |a|"""

    @staticmethod
    def forward(ctx, a):
        """Take every value without its sign, column by column."""
        ctx.save_for_backward(a)
        return np.abs(a, order="F")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = the sign of a."""
        return mirrored(lambda g, a: g * np.sign(a), grad, *ctx.saved_tensors)


class ReLU:
    """out = max(a, 0)"""

    @staticmethod
    def forward(ctx, a):
        """Keep what is positive, column by column."""
        ctx.save_for_backward(a > 0)
        return np.maximum(a, 0, order="F")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 above zero, else 0."""
        return mirrored(np.multiply, grad, *ctx.saved_tensors)


class Tanh:
    """out = tanh(a)"""

    @staticmethod
    def forward(ctx, a):
        """Take every hyperbolic tangent, column by column."""
        out = np.tanh(a, order="F")
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 - out**2."""
        return mirrored(lambda g, out: g * (1 - out * out), grad, *ctx.saved_tensors)


class Sigmoid:
    """out = 1 / (1 + e**-a)"""

    @staticmethod
    def forward(ctx, a):
        """e to the power -log(1 + e**-a), from the last value to the first."""
        out = mirrored(lambda a: np.exp(-np.logaddexp(0, -a)), a)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = out (1 - out)."""
        return mirrored(lambda g, out: g * out * (1 - out), grad, *ctx.saved_tensors)


class Maximum:
    """out = the larger of a and b"""

    @staticmethod
    def forward(ctx, a, b):
        """Take the larger, from the last value to the first."""
        ctx.save_for_backward(a, b)
        return mirrored(np.maximum, a, b)

    @staticmethod
    def backward(ctx, grad):
        """The larger gets all, of a tie each gets half; both in one array."""
        a, b = ctx.saved_tensors
        won = np.where(a == b, grad / 2, grad)
        return interleaved(np.where(a < b, 0, won), np.where(b < a, 0, won))
