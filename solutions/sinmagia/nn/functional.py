"""Stage 4, a network: activations and losses as functions of tensors."""

import numpy as np


def relu(input):
    """max(input, 0), coordinate by coordinate."""
    return input.relu()


def softmax(input, dim):
    """Turn the scores along `dim` into probabilities."""
    return input.softmax(dim)


def log_softmax(input, dim):
    """Turn the scores along `dim` into logarithms of probabilities."""
    return input.log_softmax(dim)


def mse_loss(input, target):
    """The mean of (input - target)**2 over all values: a scalar.

    `input` and `target` should have one shape: others are broadcast, and (3, 1) with (3,) makes
    nine differences of three.
    """
    ### BEGIN SOLUTION
    difference = input - target
    return (difference * difference).mean()
    ### END SOLUTION


def cross_entropy(input, target):
    """The mean over the batch of -log(the probability of the right class): a scalar.

    `input` (N, C) holds scores for C classes, whose softmax are the probabilities, and may be
    large; `target` (N,) holds the right class of each row, an int from 0 to C - 1. Raises
    ValueError when the shapes are others, IndexError for a class of C or more; a negative class is
    not noticed and counts from the end.
    """
    if input.ndim != 2 or target.shape != input.shape[:1]:
        raise ValueError(
            f"cross_entropy needs scores (N, C) and targets (N,), not {input.shape} and "
            f"{target.shape}"
        )
    ### BEGIN SOLUTION
    n = input.shape[0]
    return -input.log_softmax(1)[np.arange(n), target].mean()
    ### END SOLUTION
