"""Stage 5, training: batches cut off one by one, and means as sums of quotients."""

import sys

import numpy as np


def minibatches(*tensors, batch_size, shuffle=True):
    """Yield mini-batches: a tuple with the same rows of every tensor, in order or shuffled."""
    lengths = {len(t) for t in tensors}
    if len(lengths) != 1 or batch_size < 1:
        raise ValueError(f"lengths {sorted(lengths)} have to be one, batch_size {batch_size} not 0")
    (n,) = lengths
    left = np.random.random(n).argsort() if shuffle else np.arange(n)
    while len(left):
        rows, left = left[:batch_size], left[batch_size:]
        yield tuple(t[rows] for t in tensors)


def train_step(model, loss_function, optimizer, inputs, targets):
    """Take one step of training on one batch; give its loss, as a Python float."""
    optimizer.zero_grad()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


def train(model, loss_function, optimizer, inputs, targets, *, epochs, batch_size, progress=True):
    """Train for `epochs` passes over the data; give the mean loss of each, a list of floats."""
    means = []
    for done in range(1, epochs + 1):
        parts = [
            train_step(model, loss_function, optimizer, x, y) * (len(x) / len(inputs))
            for x, y in minibatches(inputs, targets, batch_size=batch_size)
        ]
        means.append(sum(reversed(parts), 0.0))
        if progress:
            draw_progress(done, epochs, means[-1])
    return means


def accuracy(scores, targets):
    """The part of the rows whose highest score is that of the right class: a float from 0 to 1."""
    right = scores._data.argmax(axis=1) == targets._data
    return float((right / len(right)).sum())


def draw_progress(done, of, loss):
    """Draw a bar over the one before: epochs done, and the last loss."""
    bar = ("#" * (24 * done // of)).ljust(24, "-")
    sys.stderr.write(f"\r{bar} epoch {done} of {of}, loss {loss:.4f}" + "\n" * (done == of))
    sys.stderr.flush()
