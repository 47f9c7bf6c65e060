"""Stage 4, a network: activations and losses as functions of tensors, from their definitions."""

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
    """The sum of the squared differences, divided by their number: a scalar."""
    squares = (input - target) ** 2
    return squares.sum() / squares.numel()


def cross_entropy(input, target):
    """The mean over the batch of log(the sum of e**score) less the score of the right class.

    `input` is (N, C), `target` (N,). Each row is moved so that its highest score is 0, which
    changes no difference, and so no loss. Raises ValueError when the shapes are others.
    """
    if input.ndim != 2 or target.shape != input.shape[:1]:
        raise ValueError(f"scores (N, C) need targets (N,): {input.shape} and {target.shape}")
    scores = input - input.detach().amax(1, keepdim=True)
    right = scores[np.arange(len(scores)), target]
    return (scores.exp().sum(1).log() - right).mean()
