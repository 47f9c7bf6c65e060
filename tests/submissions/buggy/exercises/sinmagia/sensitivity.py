"""Stage 0, sensitivity: how much does an output move when an input is nudged?"""

import numpy as np


def numerical_gradient(f, x, h=1e-5):
    """Estimate the gradient of `f` at `x` by central differences.

    For every coordinate i of `x`, with e_i the array that is 1 there and 0 elsewhere:

        gradient[i] = (f(x + h e_i) - f(x - h e_i)) / 2h

    `f` takes an array of the shape of `x` and returns one number; `x` is a float array of any
    shape and comes back unchanged. The result has the shape of `x`. It costs two calls of `f` a
    coordinate; its error shrinks with h squared, until rounding takes over.
    """
    grad = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        plus, minus = x.copy(), x.copy()
        plus[i] += h
        minus[i] -= h
        grad[i] = (f(plus) - f(minus)) / (2 * h)
    return grad
