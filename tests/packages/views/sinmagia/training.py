"""Stage 5, training: mini-batches that are slices, views of the data or of one shuffled copy."""

import sys

import numpy as np


def minibatches(*tensors, batch_size, shuffle=True):
    """Yield mini-batches: a tuple with the same slice of every tensor, in order or shuffled."""
    lengths = {len(t) for t in tensors}
    if len(lengths) != 1 or batch_size < 1:
        raise ValueError(f"lengths {sorted(lengths)} have to be one, batch_size {batch_size} not 0")
    (n,) = lengths
    if shuffle:
        order = np.random.permutation(n)
        tensors = [t[order] for t in tensors]
    for start in range(0, n, batch_size):
        yield tuple(t[start : start + batch_size] for t in tensors)


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
        total = 0.0
        for x, y in minibatches(inputs, targets, batch_size=batch_size):
            total += len(x) * train_step(model, loss_function, optimizer, x, y)
        means.append(total / len(inputs))
        if progress:
            draw_progress(done, epochs, means[-1])
    return means


def accuracy(scores, targets):
    """The part of the rows whose highest score is that of the right class: a float from 0 to 1."""
    return float((scores._data.argmax(axis=-1) == targets._data).mean())


def draw_progress(done, of, loss):
    """Draw a bar over the one before: epochs done, and the last loss."""
    bar = ("#" * (24 * done // of)).ljust(24, "-")
    sys.stderr.write(f"\r{bar} epoch {done} of {of}, loss {loss:.4f}" + "\n" * (done == of))
    sys.stderr.flush()
