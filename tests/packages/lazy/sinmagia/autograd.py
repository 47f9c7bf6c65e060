"""Stage 3, the backward pass, by asking: a tensor asks those who used it for its gradient.

A node goes backwards when the first of its inputs asks for its share; what nobody asks for is
never computed.
"""

from collections import defaultdict
from contextlib import contextmanager
from functools import cached_property

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
        if self._saved != ():
            self._saved = None


class Node:
    """One operation that ran: which one, what it kept, and the tensors it was given."""

    def __init__(self, op, ctx, inputs):
        self.op = op
        self.ctx = ctx
        self.inputs = inputs


class Visit:
    """A node on the way back, with the gradient of its result; it works when it is asked."""

    def __init__(self, node, grad, retain_graph):
        self.node, self.grad, self.retain_graph = node, grad, retain_graph

    @cached_property
    def shares(self):
        """What the operation gives each input; then its `ctx` is freed, unless it is retained."""
        shares = self.node.op.backward(self.node.ctx, self.grad)
        if not self.retain_graph:
            self.node.ctx.free()
        return shares if isinstance(shares, tuple) else (shares,)

    def share(self, place):
        """Give the input at `place` its share, in the input's own shape and type."""
        array = self.node.inputs[place]._data
        return unbroadcast(self.shares[place], array.shape).astype(array.dtype)


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
    if is_recording() and tensor.requires_grad:
        raise RuntimeError("the graph would not know of this change in place: use no_grad()")


def parents_of(tensor):
    """Yield the inputs of a tensor that require a gradient, one at a time; of a leaf, none."""
    for parent in () if tensor.grad_fn is None else tensor.grad_fn.inputs:
        if parent.requires_grad:
            yield parent


def topological_order(root):
    """List the tensors that `root` was made from, each after all its inputs; `root` comes last.

    A tensor waits on the way, with the parents it has not looked at yet, until none is left.
    """
    order, met, way = [], {id(root)}, [(root, parents_of(root))]
    while way:
        tensor, parents = way[-1]
        parent = next((parent for parent in parents if id(parent) not in met), None)
        if parent is None:
            order.append(tensor)
            way.pop()
        else:
            met.add(id(parent))
            way.append((parent, parents_of(parent)))
    return order


def unbroadcast(grad, shape):
    """Sum `grad` back to `shape`, over those dimensions only whose length was changed."""
    before = (1,) * (grad.ndim - len(shape)) + shape
    stretched = tuple(axis for axis, n in enumerate(grad.shape) if n != before[axis])
    summed = grad.sum(axis=stretched, keepdims=True) if stretched else grad
    return summed.reshape(shape)


def upstream_of(root, gradient):
    """Give the array that the walk back from `root` starts with: of `gradient`, or a 1."""
    values = root._data
    if not root.requires_grad:
        raise RuntimeError("this tensor does not require a gradient")
    if gradient is None and values.size != 1:
        raise RuntimeError(f"a root of shape {values.shape} needs a gradient to start with")
    given = np.ones(values.shape) if gradient is None else gradient._data
    if given.shape != values.shape:
        raise RuntimeError(f"a root of shape {values.shape}, a gradient of shape {given.shape}")
    return given.astype(values.dtype)


def backward(root, gradient=None, retain_graph=False):
    """Walk the graph from `root` to its leaves and add to each leaf's `grad`."""
    upstream = upstream_of(root, gradient)
    sources = defaultdict(list)
    for tensor in reversed(topological_order(root)):
        asked = [visit.share(place) for visit, place in sources.pop(id(tensor), ())]
        grad, node = sum(asked) if asked else upstream, tensor.grad_fn
        if node is None or tensor.retains_grad:
            earlier = 0 if tensor.grad is None else tensor.grad._data
            tensor.grad = tensor._wrap(earlier + grad)
        if node is not None:
            visit = Visit(node, grad, retain_graph)
            for place, parent in enumerate(node.inputs):
                if parent.requires_grad:
                    sources[id(parent)].append((visit, place))
