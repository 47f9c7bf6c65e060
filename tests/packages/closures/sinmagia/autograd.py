"""Stage 3, the backward pass, where each operation leaves a closure that pulls gradients back.

Here a graph is tensors joined by nodes: `tensor.grad_fn` is the `Node` that made the tensor, and
`node.inputs` are the tensors it was made from. Leaves have no node.
"""

from collections import defaultdict
from contextlib import contextmanager
from functools import reduce

import numpy as np

_recording = True


class Context:
    """What an operation keeps between its forward and its backward: closures.

    `pull`, which a forward may set, gives the gradients of the inputs for that of the result; all
    that it needs it has captured. Arrays given to `save_for_backward` are captured too.
    `needs_input_grad` holds a bool for each input, in order.
    """

    def __init__(self, needs_input_grad):
        self.needs_input_grad = needs_input_grad
        self.save_for_backward()

    def save_for_backward(self, *arrays):
        """Keep arrays until the backward pass has used them."""
        self.recall = lambda: arrays

    @property
    def saved_tensors(self):
        """The arrays that were kept, as a tuple; once they are freed, a RuntimeError."""
        return self.recall()

    def free(self):
        """Drop the closures that hold an array; one that holds none can be called again."""
        for name, kept in vars(self).items():
            if callable(kept) and any(map(is_array, captured(kept))):
                setattr(self, name, freed)


def captured(closure):
    """List what a closure has captured, also what is inside a tuple."""
    values = [cell.cell_contents for cell in getattr(closure, "__closure__", None) or ()]
    return [part for v in values for part in (v if isinstance(v, tuple) else (v,))]


def is_array(value):
    """Say whether `value` is an array, or the NumPy number that stands for one of shape ()."""
    return isinstance(value, (np.ndarray, np.generic))


def freed(*_):
    """Stand where a closure was."""
    raise RuntimeError(
        "this graph was walked back before, and its closures are gone; retain_graph=True keeps them"
    )


class Node:
    """One operation that ran: which one, what it kept, and the tensors it was given."""

    def __init__(self, op, ctx, inputs):
        self.op = op
        self.ctx = ctx
        self.inputs = inputs

    def pull(self, grad):
        """Yield (input, share) for each input that requires a gradient, in its shape and type."""
        shares = self.op.backward(self.ctx, grad)
        shares = shares if isinstance(shares, tuple) else (shares,)
        for tensor, share in zip(self.inputs, shares, strict=True):
            if tensor.requires_grad:
                like = tensor._data
                yield tensor, unbroadcast(share, like.shape).astype(like.dtype, copy=False)


def apply(op, *tensors, **params):
    """Run an operation on tensors; record it if one of them requires a gradient.

    Its `ctx` learns which inputs need one: none does while nothing is recorded. The result, made by
    `_wrap`, remembers a `Node` if the operation was recorded, else None.
    """
    ctx = Context([t.requires_grad and _recording for t in tensors])
    first, *_ = arrays = [t._data for t in tensors]
    out = np.asarray(op.forward(ctx, *arrays, **params))
    dtype = params.get("dtype", first.dtype)
    if out.dtype.kind == dtype.kind == "f":
        out = out.astype(dtype, copy=False)  # NumPy before 2 widens a 0-d float32
    return tensors[0]._wrap(out, Node(op, ctx, tensors) if True in ctx.needs_input_grad else None)


def is_recording():
    """Say whether operations are being recorded now."""
    return _recording


def set_recording(value):
    """Switch recording on or off; give the function that puts it back."""
    global _recording
    before, _recording = _recording, value
    return lambda: set_recording(before)


@contextmanager
def no_grad():
    """Record nothing inside the `with` block; afterwards all is as before, even after an error."""
    put_back = set_recording(False)
    try:
        yield
    finally:
        put_back()


def check_in_place(tensor):
    """Refuse a change in place with a tensor of the graph while operations are recorded."""
    if tensor.requires_grad and is_recording():
        raise RuntimeError("the graph would not know of a change in place: put it under no_grad()")


def topological_order(root):
    """List the tensors that `root` was made from, each after all its inputs; `root` comes last.

    Only those that require a gradient, each once, without recursion.
    """
    order, met, path = [], {id(root)}, [(root, parents(root))]
    while path:
        tensor, left = path[-1]
        parent = next((t for t in left if id(t) not in met), None)
        if parent is None:
            order.append(tensor)
            path.pop()
        else:
            met.add(id(parent))
            path.append((parent, parents(parent)))
    return order


def parents(tensor):
    """Give an iterator over the inputs that a tensor's gradient goes on to."""
    node = tensor.grad_fn
    return iter(() if node is None else [t for t in node.inputs if t.requires_grad])


def unbroadcast(grad, shape):
    """Sum `grad` back to `shape`, the shape an input had before it was broadcast."""
    if grad.shape == shape:
        return grad
    padded = (1,) * (grad.ndim - len(shape)) + shape
    copied = tuple(axis for axis, length in enumerate(padded) if length == 1)
    return grad.sum(axis=copied, keepdims=True).reshape(shape)


def upstream_of(root, gradient):
    """Give the array that the walk back from `root` starts with: that of `gradient`, or 1.

    Raises RuntimeError for a root that does not require a gradient, for one of several values
    without a `gradient`, and for a `gradient` of another shape.
    """
    shape, dtype = root._data.shape, root._data.dtype
    if not root.requires_grad:
        raise RuntimeError("nothing that requires a gradient leads to this tensor")
    if gradient is not None and gradient._data.shape != shape:
        raise RuntimeError(f"a gradient of shape {gradient._data.shape} for a root of {shape}")
    if gradient is not None:
        return gradient._data.astype(dtype)
    if root._data.size != 1:
        raise RuntimeError(f"a root of shape {shape} needs a gradient to start with")
    return np.ones(shape, dtype)


def backward(root, gradient=None, retain_graph=False):
    """Walk the graph from `root` to its leaves and add to each leaf's `grad`.

    What reaches a tensor is collected, and added up when its turn has come. Unless `retain_graph`,
    every closure that holds arrays is dropped once it was called.
    """
    arrived = defaultdict(list, {id(root): [upstream_of(root, gradient)]})
    for tensor in reversed(topological_order(root)):
        grad, node = reduce(np.add, arrived.pop(id(tensor))), tensor.grad_fn
        if node is None or tensor.retains_grad:
            keep(tensor, grad)
        if node is None:
            continue
        for parent, share in node.pull(grad):
            arrived[id(parent)].append(share)
        if not retain_graph:
            node.ctx.free()


def keep(tensor, grad):
    """Add to a tensor's `grad`, in an array of its own."""
    earlier = tensor.grad
    tensor.grad = tensor._wrap(grad.copy() if earlier is None else earlier._data + grad)
