"""Stage 0, sensitivity: how much does an output move when an input is nudged?"""

import numpy as np


def first_push():
    """For d = a*b + a at a = 2 and b = 3: how much does d grow for each unit that a grows?

    Worked out by hand; a number.
    """
    # TODO first_push (1 point): Take `d = a*b + a` at a = 2 and b = 3, and keep `b` where
    #   it is. Work out on paper how much `d` grows for each unit that `a` grows, and return
    #   that number. Then commit, push, and look for your first point.
    # Read: lessons/0-sensitivity.md#first-push
    raise NotImplementedError("first_push")


def numerical_gradient(f, x, h=1e-5):
    """Estimate the gradient of `f` at `x` by central differences.

    For every coordinate i of `x`, with e_i the array that is 1 there and 0 elsewhere:

        gradient[i] = (f(x + h e_i) - f(x - h e_i)) / 2h

    `f` takes an array of the shape of `x` and returns one number; `x` is a float array of any
    shape and comes back unchanged. The result has the shape of `x`. It costs two calls of `f` a
    coordinate; its error shrinks with h squared, until rounding takes over. The usual `h` suits
    float64; for other types, `default_step` chooses one.
    """
    # TODO numerical_gradient (7 points): For each coordinate of `x`, call `f` twice, with
    #   only that coordinate moved: once `h` above its value and once `h` below. Divide the
    #   difference of the results by the distance between the two points. Return a float
    #   array of the shape of `x`, whatever its number of dimensions. `x` must come back as
    #   it was, to the last digit.
    # Read: lessons/0-sensitivity.md#nudge
    raise NotImplementedError("numerical_gradient")


def default_step(dtype):
    """Choose the step h for numbers of type `dtype`: the cube root of its machine epsilon.

    A smaller step drowns in rounding (error about eps / h), a larger one in curvature (about h
    squared); for `x` and slopes near 1 the cube root balances the two (Press et al., Numerical
    Recipes, 5.7): 6e-6 for float64, 5e-3 for float32. `np.finfo(dtype).eps` is the epsilon.
    """
    # TODO default_step (2 points, extension): Return the step that suits numbers of type
    #   `dtype`: the cube root of its machine epsilon, as a Python float. It follows the
    #   type: about 5e-3 for float32, about 6e-6 for float64.
    # Read: lessons/0-sensitivity.md#step
    raise NotImplementedError("default_step")
