"""Stage 5, training: mini-batches as parts of an order, and epochs as lists of steps."""

import sys

import numpy as np


def minibatches(*tensors, batch_size, shuffle=True):
    """Yield mini-batches: a tuple with the same rows of every tensor, each row once.

    The last may be smaller. With `shuffle` the rows come in a new random order each time. With its
    first mini-batch it raises ValueError when the tensors differ in length or `batch_size` is
    below 1.
    """
    rows, *others = map(len, tensors)
    if batch_size < 1 or any(n != rows for n in others):
        raise ValueError(f"{[rows, *others]} rows cannot be cut in mini-batches of {batch_size}")
    order = np.arange(rows)
    if shuffle:
        np.random.shuffle(order)
    while order.size:
        batch, order = np.split(order, [batch_size])
        yield tuple(tensor[batch] for tensor in tensors)


def train_step(model, loss_function, optimizer, inputs, targets):
    """Forget the old gradients, go forward and backward, take a step; give the loss, a float."""
    optimizer.zero_grad()
    loss = loss_function(model(inputs), targets)
    loss.backward()
    optimizer.step()
    return loss.item()


def train(model, loss_function, optimizer, inputs, targets, *, epochs, batch_size, progress=True):
    """Train for `epochs` passes over the data; give the mean loss of each, a list of floats.

    In the mean every row counts the same, also those of a smaller last mini-batch. `progress` draws
    a bar.
    """

    def epoch():
        batches = minibatches(inputs, targets, batch_size=batch_size)
        return [(train_step(model, loss_function, optimizer, x, y), len(x)) for x, y in batches]

    losses = []
    for done in range(1, epochs + 1):
        of_steps, weights = zip(*epoch(), strict=True)
        losses.append(float(np.average(of_steps, weights=weights)))
        if progress:
            draw_progress(done, epochs, losses[-1])
    return losses


def accuracy(scores, targets):
    """The part of the rows whose highest score is that of the right class: a float from 0 to 1."""
    guesses = scores._data.argmax(axis=1)
    return float(np.mean(guesses == targets._data))


def draw_progress(done, of, loss):
    """Draw a bar over the one before: epochs done, and the last loss."""
    end = "\n" if done == of else ""
    bar = ("#" * (24 * done // of)).ljust(24, "-")
    sys.stderr.write(f"\r{bar} epoch {done} of {of}, loss {loss:.4f}{end}")
    sys.stderr.flush()
