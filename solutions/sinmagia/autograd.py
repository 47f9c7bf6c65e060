"""Stage 3, the backward pass: operations are recorded as they run, then walked backwards.

Here a graph is tensors joined by nodes: `tensor.grad_fn` is the `Node` that made the tensor, and
`node.inputs` are the tensors it was made from. Leaves have no node.
"""

from contextlib import contextmanager

import numpy as np

_recording = True


class Context:
    """What an operation keeps between its forward and its backward."""

    def __init__(self, needs_input_grad):
        self.needs_input_grad = needs_input_grad
        self.saved_tensors = ()

    def save_for_backward(self, *arrays):
        self.saved_tensors = arrays


class Node:
    """One operation that ran: which one, what it kept, and the tensors it was given."""

    def __init__(self, op, ctx, inputs):
        self.op = op
        self.ctx = ctx
        self.inputs = inputs


def apply(op, *tensors, **params):
    """Run an operation on tensors, and record it if one of them requires a gradient."""
    ctx = Context(tuple(is_recording() and t.requires_grad for t in tensors))
    out = np.asarray(op.forward(ctx, *(t._data for t in tensors), **params))
    return tensors[0]._wrap(out, Node(op, ctx, tensors) if any(ctx.needs_input_grad) else None)


def is_recording():
    """Say whether operations are being recorded now."""
    return _recording


@contextmanager
def no_grad():
    """Record nothing inside the `with` block, whichever way it is left."""
    global _recording
    before, _recording = _recording, False
    try:
        yield
    finally:
        _recording = before


def topological_order(root):
    """List the tensors that `root` was made from, each after all its inputs; `root` comes last."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        tensor, inputs_done = stack.pop()
        if inputs_done:
            order.append(tensor)
        elif id(tensor) not in seen:
            seen.add(id(tensor))
            stack.append((tensor, True))
            if tensor.grad_fn is not None:
                stack.extend((t, False) for t in tensor.grad_fn.inputs if t.requires_grad)
    return order


def unbroadcast(grad, shape):
    """Sum `grad` back to `shape`, the shape an input had before it was broadcast.

    Broadcasting copies values: along new leading dimensions, and along dimensions of length 1.
    The gradient of a value is the sum over all its copies.
    """
    ### BEGIN SOLUTION
    new = grad.ndim - len(shape)
    stretched = tuple(new + i for i, n in enumerate(shape) if n == 1)
    return grad.sum(axis=(*range(new), *stretched), keepdims=True).reshape(shape)
    ### END SOLUTION


def backward(root, gradient=None):
    """Walk the graph from `root` to its leaves and add to each leaf's `grad`.

    `gradient` is the upstream gradient of `root`, of its shape; a root with a single value may
    leave it out, and 1 is taken. Each node is visited once, when all that its result receives has
    been added up; the chain rule then gives each input its share, `unbroadcast` to its shape.

    Raises RuntimeError when `root` does not require a gradient, or has several values and no
    `gradient` was given.
    """
    upstream = _upstream_of(root, gradient)
    ### BEGIN SOLUTION
    received = {id(root): upstream}  # for each tensor, the gradient that has reached it so far
    for tensor in reversed(topological_order(root)):
        grad, node = received.pop(id(tensor)), tensor.grad_fn
        if node is None:
            grad = grad.astype(tensor._data.dtype)
            tensor.grad = tensor._wrap(grad if tensor.grad is None else tensor.grad._data + grad)
            continue
        shares = node.op.backward(node.ctx, grad)
        shares = shares if isinstance(shares, tuple) else (shares,)
        for parent, share in zip(node.inputs, shares, strict=True):
            if parent.requires_grad:
                if share.shape != parent._data.shape:
                    share = unbroadcast(share, parent._data.shape)
                earlier = received.get(id(parent))
                received[id(parent)] = share if earlier is None else earlier + share
    ### END SOLUTION


def _upstream_of(root, gradient):
    """Give the array that the walk starts with, or say why it cannot start."""
    if not root.requires_grad:
        raise RuntimeError("backward() needs a tensor that requires grad; this one does not")
    if gradient is not None:
        return gradient._data
    if root._data.size != 1:
        raise RuntimeError(
            f"backward() without a gradient needs a single value; the shape is {root._data.shape}"
        )
    return np.ones_like(root._data)
