"""Stage 0, sensitivity, by functions that nudge one coordinate."""

import numpy as np


def first_push():
    """For d = a*b + a at a = 2 and b = 3: how much d grows when a grows by 1."""

    def d(a, b):
        return a * b + a

    return d(3, 3) - d(2, 3)


def numerical_gradient(f, x, h=1e-5):
    """Estimate the gradient of `f` at `x` by central differences; `x` comes back unchanged."""

    def nudged(index, step):
        moved = x.copy()
        moved[index] += step
        return f(moved)

    def slope(index):
        return (nudged(index, h) - nudged(index, -h)) / (2 * h)

    return np.array([slope(index) for index in np.ndindex(x.shape)], x.dtype).reshape(x.shape)


def default_step(dtype):
    """Choose the step h for numbers of type `dtype`: the cube root of its machine epsilon."""
    return float(np.cbrt(np.finfo(dtype).eps))
