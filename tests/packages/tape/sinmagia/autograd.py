"""Stage 3, the backward pass as a tape: nodes are entered as they run, and played back in reverse.

A graph is tensors joined by nodes: `tensor.grad_fn` is the `Node` that made the tensor, and
`node.inputs` are the tensors it was made from. Leaves have no node. What a node was made from
stands before it on the tape, so that reading backwards meets each node after all that used it.
"""

from contextlib import ContextDecorator
from itertools import count
from weakref import WeakValueDictionary

import numpy as np

_recording = True
_tape = WeakValueDictionary()  # nodes in the order they ran; those that nobody holds vanish
_numbers = count()


class Context:
    """What an operation keeps between its forward and its backward.

    `needs_input_grad` holds a bool for each input, in order. Arrays are kept by
    `save_for_backward`, numbers and shapes as attributes of any name.
    """

    def __init__(self, needs_input_grad):
        self.needs_input_grad = needs_input_grad
        self._saved = ()
        self._freed = False

    def save_for_backward(self, *arrays):
        """Keep arrays until the backward pass has used them."""
        self._saved = arrays

    @property
    def saved_tensors(self):
        """The arrays that were kept, as a tuple; once they are freed, a RuntimeError."""
        if self._freed:
            raise RuntimeError(
                "this part of the tape was played back before, and what its operations saved is "
                "freed; retain_graph=True would have kept it"
            )
        return self._saved

    def free(self):
        """Let go of the arrays; an operation that kept none, as an addition, can run again."""
        self._freed = self._freed or bool(self._saved)
        self._saved = ()


class Node:
    """One operation that ran: which one, what it kept, and the tensors it was given."""

    def __init__(self, op, ctx, inputs):
        self.op = op
        self.ctx = ctx
        self.inputs = inputs
        _tape[next(_numbers)] = self


def apply(op, *tensors, **params):
    """Run an operation on tensors; enter it on the tape if one of them requires a gradient.

    Its `ctx` learns which inputs need one: none does while nothing is recorded. The result, made by
    `_wrap`, remembers a `Node` if the operation was recorded, else None.
    """
    needs = [_recording and tensor.requires_grad for tensor in tensors]
    ctx = Context(needs)
    arrays = [tensor._data for tensor in tensors]
    array = np.asarray(op.forward(ctx, *arrays, **params))
    dtype = params.get("dtype", arrays[0].dtype)
    if array.dtype.kind == "f" == dtype.kind:
        array = array.astype(dtype, copy=False)  # NumPy before 2 widens a 0-d float32
    return tensors[0]._wrap(array, Node(op, ctx, tensors) if any(needs) else None)


def is_recording():
    """Say whether operations are being recorded now."""
    return _recording


class no_grad(ContextDecorator):
    """Record nothing inside the `with` block; afterwards all is as before, even after an error."""

    def __init__(self):
        self.before = []

    def __enter__(self):
        global _recording
        self.before.append(_recording)
        _recording = False

    def __exit__(self, *_):
        global _recording
        _recording = self.before.pop()


def check_in_place(tensor):
    """Refuse a change in place with a tensor that requires a gradient while the tape runs."""
    if tensor.requires_grad and _recording:
        raise RuntimeError("the tape cannot tell of a change in place; make it under no_grad()")


def played_back(root):
    """Yield (node, result) for all that `root` was made by, from the newest to the oldest.

    Whatever else is on the tape is passed over: no result of it is awaited.
    """
    awaited = results(root)
    for node in reversed(list(_tape.values())):
        if not awaited:
            return
        if node in awaited:
            yield node, awaited.pop(node)
            awaited.update(results(*node.inputs))


def results(*tensors):
    """Give those of the tensors that are results, by their nodes."""
    return {t.grad_fn: t for t in tensors if not is_leaf(t)}


def is_leaf(tensor):
    """Say whether no node made this tensor."""
    return tensor.grad_fn is None


def topological_order(root):
    """List the tensors that `root` was made from, each after all its inputs; `root` comes last.

    Only those that require a gradient, each once: the leaves, then the results as the tape has
    them.
    """
    leaves, made = {}, []
    for node, result in played_back(root):
        made.append(result)
        leaves |= {id(t): t for t in node.inputs if t.requires_grad and is_leaf(t)}
    return [*leaves.values(), *reversed(made)] or [root]


def unbroadcast(grad, shape):
    """Sum `grad` back to `shape`, the shape an input had before it was broadcast."""
    while grad.ndim > len(shape):
        grad = np.asarray(grad.sum(axis=0))
    for axis, length in enumerate(shape):
        if length < grad.shape[axis]:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


def upstream_of(root, gradient):
    """Give the array that the tape is played back with: that of `gradient`, or 1.

    Raises RuntimeError for a root that does not require a gradient, for one of several values
    without a `gradient`, and for a `gradient` of another shape.
    """
    if not root.requires_grad:
        raise RuntimeError("backward() of a tensor that is on no tape: it requires no gradient")
    if gradient is None and root._data.size == 1:
        return np.ones_like(root._data)
    if gradient is None:
        raise RuntimeError(f"backward() of shape {root._data.shape} needs a gradient")
    if gradient._data.shape != root._data.shape:
        raise RuntimeError(f"{gradient._data.shape} is not the root's shape {root._data.shape}")
    return gradient._data.astype(root._data.dtype)


def backward(root, gradient=None, retain_graph=False):
    """Play the tape back from `root`, and add to the `grad` of every leaf that it meets.

    What reaches a tensor is added up until its own node's turn, or, for a leaf and for a tensor
    that `retains_grad`, until the end. Unless `retain_graph`, each `ctx` is freed on the way.
    """
    received = {root: upstream_of(root, gradient)}
    for node, result in played_back(root):
        grad = received[result] if result.retains_grad else received.pop(result)
        shares = node.op.backward(node.ctx, grad)
        shares = shares if isinstance(shares, tuple) else (shares,)
        for tensor, share in zip(node.inputs, shares, strict=True):
            if tensor.requires_grad:
                like = tensor._data
                share = unbroadcast(share, like.shape).astype(like.dtype, copy=False)
                received[tensor] = received[tensor] + share if tensor in received else share
        if not retain_graph:
            node.ctx.free()
    for tensor, grad in received.items():
        total = grad.copy() if tensor.grad is None else tensor.grad._data + grad
        tensor.grad = tensor._wrap(total)
