"""Given: more ways to make a tensor, with PyTorch's names and types."""

import numpy as np

from .dtypes import float32, int64
from .operators import as_tuple
from .tensors import Tensor, full


def zeros(*size, dtype=float32, requires_grad=False):
    """Make a tensor of zeros."""
    return full(as_tuple(size), 0, dtype, requires_grad)


def ones(*size, dtype=float32, requires_grad=False):
    """Make a tensor of ones."""
    return full(as_tuple(size), 1, dtype, requires_grad)


def zeros_like(input):
    """Make zeros with the shape and type of another tensor."""
    return full(input.shape, 0, input.dtype)


def ones_like(input):
    """Make ones with the shape and type of another tensor."""
    return full(input.shape, 1, input.dtype)


def eye(n, dtype=float32, requires_grad=False):
    """Make the n x n identity matrix."""
    return Tensor(np.eye(n), dtype, requires_grad)


def arange(start, end=None, step=1, dtype=None, requires_grad=False):
    """Count from `start` (0 if only one number is given) in steps, and stop before `end`."""
    start, end = (0, start) if end is None else (start, end)
    numbers = np.arange(start, end, step)
    return Tensor(
        numbers, dtype or (float32 if numbers.dtype.kind == "f" else int64), requires_grad
    )


def linspace(start, end, steps, dtype=float32, requires_grad=False):
    """Make `steps` evenly spaced numbers, both ends included."""
    return Tensor(np.linspace(start, end, steps), dtype, requires_grad)


def rand(*size, dtype=float32, requires_grad=False):
    """Draw numbers evenly from 0 to 1."""
    return Tensor(np.random.random_sample(as_tuple(size)), dtype, requires_grad)


def randn(*size, dtype=float32, requires_grad=False):
    """Draw numbers from the normal distribution of mean 0 and standard deviation 1."""
    return Tensor(np.random.standard_normal(as_tuple(size)), dtype, requires_grad)


def randperm(n):
    """Put the numbers from 0 to n - 1 in random order."""
    return Tensor(np.random.permutation(n), int64)


def from_numpy(array):
    """Make a tensor that shares its values with a NumPy array."""
    return Tensor._wrap(array)


def manual_seed(seed):
    """Start the random numbers anew: equal seeds, equal numbers (other ones than PyTorch's)."""
    np.random.seed(seed)
