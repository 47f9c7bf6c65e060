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


class Sub:
    """out = a - b"""

    @staticmethod
    def forward(ctx, a, b):
        """Subtract coordinate by coordinate, with broadcasting."""
        # TODO sub_forward (1 point): Return `a` minus `b`, coordinate by coordinate, with
        #   broadcasting where their shapes differ. Nothing needs saving in `ctx`.
        # Read: lessons/2-operations.md#sub
        raise NotImplementedError("sub_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 and d out/d b = -1."""
        # TODO sub_backward (1 point): Return a tuple: the gradient for `a` and the gradient
        #   for `b`, each the local derivative times `grad`. Both keep the shape of `grad`,
        #   even if an input was broadcast. `grad` stays as it came, so a changed sign needs
        #   an array of its own.
        # Read: lessons/2-operations.md#sub
        raise NotImplementedError("sub_backward")


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


class Div:
    """out = a / b"""

    @staticmethod
    def forward(ctx, a, b):
        """Divide coordinate by coordinate, with broadcasting."""
        # TODO div_forward (1 point): Return `a` divided by `b`, coordinate by coordinate,
        #   with broadcasting where their shapes differ. Save in `ctx` the arrays that the
        #   two local derivatives need.
        # Read: lessons/2-operations.md#div
        raise NotImplementedError("div_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / b and d out/d b = -a / b**2."""
        # TODO div_backward (1 point): From the saved arrays return a tuple: the gradient
        #   for `a` and the one for `b`, each the local derivative times `grad`. Both keep
        #   the shape of `grad`, even if an input was broadcast. In the second, mind the
        #   sign and the square.
        # Read: lessons/2-operations.md#div
        raise NotImplementedError("div_backward")


class Neg:
    """out = -a"""

    @staticmethod
    def forward(ctx, a):
        """Change the sign of every value."""
        # TODO neg_forward (1 point): Return a new array with the values of `a`, the sign of
        #   each one changed. `a` stays as it came, and nothing needs saving in `ctx`.
        # Read: lessons/2-operations.md#neg
        raise NotImplementedError("neg_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = -1."""
        # TODO neg_backward (1 point): Return the gradient for `a`, the local derivative
        #   times `grad`. There is one input, so return one array and no tuple. `grad` stays
        #   as it came.
        # Read: lessons/2-operations.md#neg
        raise NotImplementedError("neg_backward")


class Pow:
    """out = a ** exponent, where `exponent` is a number"""

    @staticmethod
    def forward(ctx, a, exponent):
        """Raise every value to the power `exponent`, an int or a float."""
        # TODO pow_forward (1 point): Return every value of `a` raised to `exponent`, one
        #   int or float for all of them. Save the array with `ctx.save_for_backward` and
        #   keep the number as an attribute of `ctx`.
        # Read: lessons/2-operations.md#pow
        raise NotImplementedError("pow_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = exponent * a ** (exponent - 1), which is 0 for the exponent 0."""
        # TODO pow_backward (1 point): Return the gradient for `a`: the local derivative
        #   times `grad`, for a whole, negative or fractional exponent. For the exponent 0
        #   the gradient is 0 everywhere, also where `a` is 0.
        # Read: lessons/2-operations.md#pow
        raise NotImplementedError("pow_backward")


class Exp:
    """out = e ** a"""

    @staticmethod
    def forward(ctx, a):
        """Raise e to every value."""
        # TODO exp_forward (1 point): Return e to the power of every value of `a`. Save in
        #   `ctx` the one array that the derivative needs.
        # Read: lessons/2-operations.md#exp
        raise NotImplementedError("exp_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = out: the exponential is its own derivative."""
        # TODO exp_backward (1 point): Return the gradient for `a`: the local derivative
        #   times `grad`. If `forward` saved the right array, no `np.exp` is needed here.
        # Read: lessons/2-operations.md#exp
        raise NotImplementedError("exp_backward")


class Log:
    """out = the natural logarithm of a"""

    @staticmethod
    def forward(ctx, a):
        """Take the natural logarithm of every value."""
        # TODO log_forward (1 point): Return the natural logarithm of every value of `a`.
        #   Save in `ctx` what the derivative needs.
        # Read: lessons/2-operations.md#log
        raise NotImplementedError("log_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / a."""
        # TODO log_backward (1 point): Return the gradient for `a`: the local derivative, at
        #   the saved values, times `grad`.
        # Read: lessons/2-operations.md#log
        raise NotImplementedError("log_backward")


class Sqrt:
    """out = the square root of a"""

    @staticmethod
    def forward(ctx, a):
        """Take the square root of every value."""
        # TODO sqrt_forward (1 point, extension): Return the square root of every value of
        #   `a`. Save in `ctx` the array with which the derivative is shortest to write.
        # Read: lessons/2-operations.md#sqrt
        raise NotImplementedError("sqrt_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 / (2 out)."""
        # TODO sqrt_backward (1 point, extension): Return the gradient for `a`, from the
        #   array that you saved: the local derivative times `grad`. Mind the 2.
        # Read: lessons/2-operations.md#sqrt
        raise NotImplementedError("sqrt_backward")


class Abs:
    """out = |a|"""

    @staticmethod
    def forward(ctx, a):
        """Take every value without its sign."""
        # TODO abs_forward (1 point, extension): Return a new array with every value of `a`
        #   without its sign. Save in `ctx` what tells `backward` on which side of zero each
        #   value was.
        # Read: lessons/2-operations.md#abs
        raise NotImplementedError("abs_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 above zero and -1 below; at zero, where there is no slope, 0."""
        # TODO abs_backward (1 point, extension): Return the gradient for `a`: `grad` where
        #   `a` was positive, and `grad` with its sign changed where `a` was negative.
        # TODO abs_at_zero (1 point, extension): Where `a` was exactly 0, the gradient is 0:
        #   neither `grad` nor its opposite. `abs_backward` does not ask for this.
        # Read: lessons/2-operations.md#abs, #abs-at_zero
        raise NotImplementedError("abs_backward abs_at_zero")


class ReLU:
    """out = max(a, 0)"""

    @staticmethod
    def forward(ctx, a):
        """Keep what is positive, put 0 for the rest."""
        # TODO relu_forward (1 point): Return a new array with the values of `a`, and 0 in
        #   the place of every negative one: `a` stays as it came. Save in `ctx` what tells
        #   `backward` which values were above zero.
        # Read: lessons/2-operations.md#relu
        raise NotImplementedError("relu_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 above zero and 0 below; at zero, where there is no slope, 0."""
        # TODO relu_backward (1 point): Return the gradient for `a`: `grad` where `a` was
        #   above zero, 0 where it was below.
        # TODO relu_at_zero (1 point, extension): Where `a` was exactly 0, the gradient is
        #   0, as in PyTorch. `relu_backward` does not ask for this.
        # Read: lessons/2-operations.md#relu, #relu-at_zero
        raise NotImplementedError("relu_backward relu_at_zero")


class Tanh:
    """out = tanh(a), between -1 and 1"""

    @staticmethod
    def forward(ctx, a):
        """Take the hyperbolic tangent of every value, also far from zero."""
        # TODO tanh_forward (1 point): Return the hyperbolic tangent of every value of `a`,
        #   far from zero too, where it comes close to 1 or -1. Save in `ctx` what the
        #   derivative needs.
        # Read: lessons/2-operations.md#tanh
        raise NotImplementedError("tanh_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 - out**2."""
        # TODO tanh_backward (1 point): Return the gradient for `a`, from the array that you
        #   saved: the local derivative times `grad`.
        # Read: lessons/2-operations.md#tanh
        raise NotImplementedError("tanh_backward")


class Sigmoid:
    """out = 1 / (1 + e**-a), between 0 and 1"""

    @staticmethod
    def forward(ctx, a):
        """Take the logistic function of every value, also far from zero."""
        # TODO sigmoid_forward (1 point): Return 1 / (1 + e**-a) for every value of `a`: a
        #   number between 0 and 1 that grows with `a`. Save in `ctx` what the derivative
        #   needs.
        # TODO sigmoid_extremes (1 point, extension): Far from zero, at 800 or -800, the
        #   value is 1 or 0: never nan. `sigmoid_forward` does not ask for this.
        # Read: lessons/2-operations.md#sigmoid, #sigmoid-extremes
        raise NotImplementedError("sigmoid_forward sigmoid_extremes")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = out (1 - out)."""
        # TODO sigmoid_backward (1 point): Return the gradient for `a`, from the array that
        #   you saved: the local derivative times `grad`.
        # Read: lessons/2-operations.md#sigmoid
        raise NotImplementedError("sigmoid_backward")


class Maximum:
    """out = the larger of a and b"""

    @staticmethod
    def forward(ctx, a, b):
        """Take the larger value of each pair, with broadcasting."""
        # TODO maximum_forward (1 point, extension): Return the larger value of each pair of
        #   `a` and `b`, with broadcasting where their shapes differ. Save in `ctx` what
        #   tells `backward` which of the two was the larger.
        # Read: lessons/2-operations.md#maximum
        raise NotImplementedError("maximum_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 where a is the larger, else 0; of a tie, each of the two gets half."""
        # TODO maximum_backward (1 point, extension): Return a tuple: the gradient for `a`
        #   and the one for `b`. Each is `grad` where its operand was the larger, and 0
        #   where it was the smaller. Both keep the shape of `grad`, even if an input was
        #   broadcast.
        # TODO maximum_ties (1 point, extension): Where `a` and `b` are equal, each receives
        #   half of `grad`. `maximum_backward` does not ask for this.
        # Read: lessons/2-operations.md#maximum, #maximum-ties
        raise NotImplementedError("maximum_backward maximum_ties")
