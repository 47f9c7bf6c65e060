"""Stage 3, the backward pass, from the consumers: who has been heard by all of them may go on.

What reaches a tensor is collected in a list and added up when its turn comes, the last first.
"""

from collections import Counter, defaultdict, deque
from contextlib import contextmanager
from functools import reduce
from operator import add

import numpy as np

_recording = True


class Context:
    """What an operation keeps between its forward and its backward."""

    def __init__(self, needs_input_grad):
        self.needs_input_grad = needs_input_grad
        self._saved = ()

    def save_for_backward(self, *arrays):
        """Keep arrays until the backward pass has used them."""
        self._saved = arrays

    @property
    def saved_tensors(self):
        """The arrays that were kept, as a tuple; once they are freed, a RuntimeError."""
        if self._saved is None:
            raise RuntimeError("what was saved is freed; the pass before needs retain_graph=True")
        return self._saved

    def free(self):
        """Let go of the arrays; an operation that kept none can run again."""
        self._saved = self._saved and None


class Node:
    """One operation that ran: which one, what it kept, and the tensors it was given."""

    def __init__(self, op, ctx, inputs):
        self.op = op
        self.ctx = ctx
        self.inputs = inputs

    def parents(self):
        """List the inputs that require a gradient, one as often as it was given."""
        return [t for t in self.inputs if t.requires_grad]


def apply(op, *tensors, **params):
    """Run an operation on tensors; record it if one of them requires a gradient."""
    ctx = Context([_recording and t.requires_grad for t in tensors])
    array = run(op, ctx, tensors, params)
    return tensors[0]._wrap(array, Node(op, ctx, tensors) if any(ctx.needs_input_grad) else None)


def run(op, ctx, tensors, params):
    """Run `op.forward` on the tensors' arrays; give an array of their type, or of `dtype`."""
    array = np.asarray(op.forward(ctx, *(t._data for t in tensors), **params))
    dtype = params.get("dtype", tensors[0]._data.dtype)
    return array.astype(dtype, copy=False) if array.dtype.kind == dtype.kind == "f" else array


def is_recording():
    """Say whether operations are being recorded now."""
    return _recording


@contextmanager
def no_grad():
    """Record nothing inside the `with` block; afterwards all is as before, even after an error."""
    global _recording
    before, _recording = _recording, False
    try:
        yield
    finally:
        _recording = before


def check_in_place(tensor):
    """Refuse a tensor of the graph in a change in place, while operations are recorded."""
    if tensor.requires_grad and is_recording():
        raise RuntimeError("the graph would not know of this change in place: use no_grad()")


def parents_of(tensor):
    """List the tensors that one was made from and that require a gradient; of a leaf, none."""
    return [] if tensor.grad_fn is None else tensor.grad_fn.parents()


def consumers(root):
    """Count for each tensor, by its id, how often the way to `root` takes it as an input."""
    uses, ahead = Counter({id(root): 0}), deque([root])
    while ahead:
        for parent in parents_of(ahead.popleft()):
            if id(parent) not in uses:
                ahead.append(parent)
            uses[id(parent)] += 1
    return uses


def topological_order(root):
    """List the tensors that `root` was made from, each after all its inputs; `root` comes last.

    From the root backwards, in width: a tensor's turn is when all its consumers had theirs
    (Kahn, Topological sorting of large networks, 1962).
    """
    left, ready, order = consumers(root), deque([root]), deque()
    while ready:
        order.appendleft(ready.popleft())
        for parent in parents_of(order[0]):
            left[id(parent)] -= 1
            if left[id(parent)] == 0:
                ready.append(parent)
    return list(order)


def unbroadcast(grad, shape):
    """Sum `grad` back to `shape`, the shape before a broadcast, one dimension after the other."""
    new = grad.ndim - len(shape)
    for axis in reversed(range(grad.ndim)):
        if axis < new or shape[axis - new] == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad.reshape(shape)


def upstream_of(root, gradient):
    """Give the array that the walk back from `root` starts with: of `gradient`, or a 1."""
    if not root.requires_grad:
        raise RuntimeError("this tensor does not require a gradient")
    if gradient is None and root._data.size != 1:
        raise RuntimeError(f"a root of shape {root._data.shape} needs a gradient to start with")
    start = np.ones(root._data.shape) if gradient is None else gradient._data
    if start.shape != root._data.shape:
        raise RuntimeError(f"a root of shape {root._data.shape}, a gradient of {start.shape}")
    return start.astype(root._data.dtype)


def backward(root, gradient=None, retain_graph=False):
    """Walk the graph from `root` to its leaves and add to each leaf's `grad`."""
    received = defaultdict(list, {id(root): [upstream_of(root, gradient)]})
    for tensor in reversed(topological_order(root)):
        grad, node = reduce(add, reversed(received.pop(id(tensor)))), tensor.grad_fn
        if node is None or tensor.retains_grad:
            earlier = 0 if tensor.grad is None else tensor.grad._data
            tensor.grad = tensor._wrap((grad + earlier).astype(tensor._data.dtype, copy=False))
        if node is None:
            continue
        shares = node.op.backward(node.ctx, grad)
        shares = shares if isinstance(shares, tuple) else (shares,)
        for parent, share in reversed(list(zip(node.inputs, shares, strict=True))):
            if parent.requires_grad:
                narrow = unbroadcast(share, parent._data.shape)
                received[id(parent)].append(narrow.astype(parent._data.dtype))
        if not retain_graph:
            node.ctx.free()
