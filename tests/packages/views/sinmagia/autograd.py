"""Stage 3, the backward pass, on views: a gradient is handed on as it came, and sealed.

Nothing is copied on the way. A view that was sealed cannot be written through, so that whoever
writes into an array of others gets an error; only what a leaf keeps is a copy of its own.
"""

from contextlib import contextmanager

import numpy as np

_recording = True


class Context:
    """What an operation keeps between its forward and its backward."""

    def __init__(self, needs_input_grad):
        self.needs_input_grad = needs_input_grad
        self._saved = ()

    def save_for_backward(self, *arrays):
        """Keep sealed views of arrays until the backward pass has used them."""
        self._saved = tuple(map(sealed, arrays))

    @property
    def saved_tensors(self):
        """What was kept, as a tuple; once it is freed, a RuntimeError."""
        if self._saved is None:
            raise RuntimeError("what was saved is freed; the pass before needs retain_graph=True")
        return self._saved

    def free(self):
        """Let go of the arrays; an operation that kept none can run again."""
        self._saved = None if self._saved else ()


class Node:
    """One operation that ran: which one, what it kept, and the tensors it was given."""

    def __init__(self, op, ctx, inputs):
        self.op = op
        self.ctx = ctx
        self.inputs = inputs


def sealed(array):
    """Give a view of an array through which nothing can be written."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


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
    if _recording and tensor.requires_grad:
        raise RuntimeError("the graph would not know of this change in place: use no_grad()")


def topological_order(root):
    """List the tensors that `root` was made from, each after all its inputs; `root` comes last."""
    order, entered, ahead = [], set(), [(root, False)]
    while ahead:
        tensor, left = ahead.pop()
        if left:
            order.append(tensor)
        elif id(tensor) not in entered:
            entered.add(id(tensor))
            ahead.append((tensor, True))
            inputs = tensor.grad_fn.inputs if tensor.grad_fn is not None else ()
            ahead += [(t, False) for t in inputs if t.requires_grad]
    return order


def unbroadcast(grad, shape):
    """Sum `grad` back to `shape`; where nothing was broadcast it comes back as a view of itself."""
    new = grad.ndim - len(shape)
    axes = list(range(grad.ndim))
    kept = [axis for axis in axes[new:] if shape[axis - new] != 1]
    return np.asarray(np.einsum(grad, axes, kept)).reshape(shape)


def upstream_of(root, gradient):
    """Give what the walk back from `root` starts with: a view of `gradient`, or of a single 1."""
    if not root.requires_grad:
        raise RuntimeError("this tensor does not require a gradient")
    shape, dtype = root._data.shape, root._data.dtype
    if gradient is None:
        if root._data.size != 1:
            raise RuntimeError(f"a root of shape {shape} needs a gradient to start with")
        return np.broadcast_to(dtype.type(1), shape)
    if gradient._data.shape != shape:
        raise RuntimeError(f"a root of shape {shape} and a gradient of {gradient._data.shape}")
    return sealed(gradient._data.astype(dtype, copy=False))


def backward(root, gradient=None, retain_graph=False):
    """Walk the graph from `root` to its leaves and add to each leaf's `grad`."""
    received = {id(root): upstream_of(root, gradient)}
    for tensor in reversed(topological_order(root)):
        grad, node = sealed(received.pop(id(tensor))), tensor.grad_fn
        if node is None or tensor.retains_grad:
            own = np.array(grad) if tensor.grad is None else tensor.grad._data + grad
            tensor.grad = tensor._wrap(own)
        if node is None:
            continue
        shares = node.op.backward(node.ctx, grad)
        for parent, share in zip(node.inputs, _as_tuple(shares), strict=True):
            if parent.requires_grad:
                array = parent._data
                share = unbroadcast(np.asarray(share), array.shape).astype(array.dtype, copy=False)
                key = id(parent)
                received[key] = received[key] + share if key in received else share
        if not retain_graph:
            node.ctx.free()


def _as_tuple(shares):
    return shares if isinstance(shares, tuple) else (shares,)
