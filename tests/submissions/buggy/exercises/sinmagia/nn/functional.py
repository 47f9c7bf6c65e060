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
    # TODO mse_loss (3 points): Return a tensor without dimensions: the mean, over all
    #   values, of the squared differences of `input` and `target`. Use operations of
    #   tensors alone, so that they are recorded: no `_data` and no NumPy.
    # Read: lessons/4-mlp.md#mse
    raise NotImplementedError("mse_loss")


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
    # TODO cross_entropy (4 points): Return a tensor without dimensions: the mean, over the
    #   N rows, of minus the logarithm of the probability that the softmax of the row gives
    #   to its right class. Use operations of tensors alone; NumPy may help only to number
    #   the rows.
    # TODO cross_entropy_extremes (1 point): Large scores give neither inf nor nan: with
    #   `[[1000, 0]]` and the right class 1, the loss is 1000.
    # Read: lessons/4-mlp.md#cross-entropy
    raise NotImplementedError("cross_entropy cross_entropy_extremes")
