"""Stage 0, sensitivity, from the last coordinate to the first."""

import numpy as np


def first_push():
    """Of d = a*b + a at b = 3: what d is at a = 3, less what it is at a = 2."""
    return (3 * 3 + 3) - (2 * 3 + 2)


def numerical_gradient(f, x, h=1e-5):
    """Estimate the gradient of `f` at `x` by central differences, as differences of quotients."""
    gradient = np.empty_like(x)
    for index in reversed(list(np.ndindex(x.shape))):
        behind, ahead = x.copy(), x.copy()
        behind[index] -= h
        ahead[index] += h
        gradient[index] = f(ahead) / (2 * h) - f(behind) / (2 * h)
    return gradient


def default_step(dtype):
    """Choose the step h for numbers of type `dtype`: the cube root of its machine epsilon."""
    return float(np.cbrt(np.finfo(dtype).eps, dtype=np.float64))
