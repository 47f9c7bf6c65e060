"""Stage 5, training: mini-batches, the loop, and how often the network is right."""

import sys

import numpy as np


def minibatches(*tensors, batch_size, shuffle=True):
    """Yield mini-batches: a tuple with the same rows of every tensor.

    Every row comes once; the last mini-batch is smaller when `batch_size` does not divide their
    number. With `shuffle` the rows come in a new random order each time (np.random), the same for
    all tensors. A generator checks nothing when it is called: with its first mini-batch it raises
    ValueError when the tensors differ in length or `batch_size` is below 1.
    """
    lengths = {len(t) for t in tensors}
    if len(lengths) != 1 or batch_size < 1:
        raise ValueError(
            f"mini-batches need tensors of one length, not {sorted(lengths)}, "
            f"and a batch_size of 1 or more, not {batch_size}"
        )
    ### BEGIN SOLUTION
    n = len(tensors[0])
    order = np.random.permutation(n) if shuffle else np.arange(n)
    for start in range(0, n, batch_size):
        rows = order[start : start + batch_size]
        yield tuple(t[rows] for t in tensors)
    ### END SOLUTION


def train_step(model, loss_function, optimizer, inputs, targets):
    """Take one step of training on one batch; give its loss, as a Python float.

    First the old gradients are forgotten; then forward, loss, backward; then the optimiser's step.
    """
    ### BEGIN SOLUTION
    optimizer.zero_grad()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION


def train(model, loss_function, optimizer, inputs, targets, *, epochs, batch_size, progress=True):
    """Train for `epochs` passes over the data; give the mean loss of each, a list of floats.

    Every epoch takes a `train_step` on each of its mini-batches, shuffled anew; its mean loss
    counts every row the same, also those of a smaller last mini-batch. `progress` draws a bar.
    """
    ### BEGIN SOLUTION
    losses = []
    for epoch in range(epochs):
        total = 0.0
        for x, y in minibatches(inputs, targets, batch_size=batch_size):
            total += train_step(model, loss_function, optimizer, x, y) * len(x)
        losses.append(total / len(inputs))
        if progress:
            draw_progress(epoch + 1, epochs, losses[-1])
    return losses
    ### END SOLUTION


def accuracy(scores, targets):
    """The part of the rows whose highest score is that of the right class.

    `scores` (N, C) and `targets` (N,) are tensors; the part is a Python float from 0 to 1.
    """
    ### BEGIN SOLUTION
    return float((scores._data.argmax(axis=1) == targets._data).mean())
    ### END SOLUTION


def draw_progress(done, of, loss):
    """Draw a bar over the one before: epochs done, and the last loss."""
    filled = 24 * done // of
    bar = "#" * filled + "-" * (24 - filled)
    end = "\n" if done == of else ""
    sys.stderr.write(f"\r{bar} epoch {done} of {of}, loss {loss:.4f}{end}")
    sys.stderr.flush()
