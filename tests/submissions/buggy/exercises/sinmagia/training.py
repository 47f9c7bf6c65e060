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
    # TODO minibatches (3 points): Yield tuples: the next `batch_size` rows of every tensor,
    #   until each row has come once. The last mini-batch may be smaller. Without `shuffle`
    #   the rows come in their order.
    # TODO minibatches_shuffle (2 points): With `shuffle`, draw an order of all the rows
    #   with `np.random`, a new one at each call, and take the rows of every tensor in that
    #   one order. The tensors themselves stay as they are.
    # Read: lessons/5-training.md#minibatches
    raise NotImplementedError("minibatches minibatches_shuffle")


def train_step(model, loss_function, optimizer, inputs, targets):
    """Take one step of training on one batch; give its loss, as a Python float.

    First the old gradients are forgotten; then forward, loss, backward; then the optimiser's step.
    """
    # TODO train_step (4 points): Forget the optimiser's old gradients, work out the loss of
    #   `model(inputs)` against `targets`, walk back, and let the optimiser take its step.
    #   Return the loss, as it was before the step, as a Python float.
    # Read: lessons/5-training.md#step
    raise NotImplementedError("train_step")


def train(model, loss_function, optimizer, inputs, targets, *, epochs, batch_size, progress=True):
    """Train for `epochs` passes over the data; give the mean loss of each, a list of floats.

    Every epoch takes a `train_step` on each of its mini-batches, shuffled anew; its mean loss
    counts every row the same, also those of a smaller last mini-batch. `progress` draws a bar.
    """
    # TODO train (2 points): In each of the `epochs`, take a `train_step` on every
    #   mini-batch of `inputs` and `targets`, shuffled anew. Return a list with the mean
    #   loss of each epoch, in which every row counts the same. If `progress`, call
    #   `draw_progress` at the end of each epoch.
    # TODO whole_package (3 points): Nothing more to write: all your files, with none of
    #   ours among them, train a small network with your `train`. Its losses and its weights
    #   have to be PyTorch's.
    # Read: lessons/5-training.md#loop, #whole
    raise NotImplementedError("train whole_package")


def accuracy(scores, targets):
    """The part of the rows whose highest score is that of the right class.

    `scores` (N, C) and `targets` (N,) are tensors; the part is a Python float from 0 to 1.
    """
    # TODO accuracy (1 point): Return a Python float from 0 to 1: the part of the rows in
    #   which the position of the highest score is the right class. Nothing of it needs
    #   recording.
    # Read: lessons/5-training.md#accuracy
    raise NotImplementedError("accuracy")


def draw_progress(done, of, loss):
    """Draw a bar over the one before: epochs done, and the last loss."""
    filled = 24 * done // of
    bar = "#" * filled + "-" * (24 - filled)
    end = "\n" if done == of else ""
    sys.stderr.write(f"\r{bar} epoch {done} of {of}, loss {loss:.4f}{end}")
    sys.stderr.flush()
