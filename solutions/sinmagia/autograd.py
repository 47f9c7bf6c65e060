"""Stage 3, the backward pass: operations are recorded as they run, then walked backwards.

Here a graph is tensors joined by nodes: `tensor.grad_fn` is the `Node` that made the tensor, and
`node.inputs` are the tensors it was made from. Leaves have no node.
"""

from contextlib import contextmanager

import numpy as np

_recording = True


class Context:
    """What an operation keeps between its forward and its backward.

    `needs_input_grad` holds a bool for each input, in order. Arrays are kept by
    `save_for_backward`, numbers and shapes as attributes of any name.
    """

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
            raise RuntimeError(
                "a second backward through the same graph: what its operations saved is freed; "
                "the first backward needs retain_graph=True to keep it"
            )
        return self._saved

    def free(self):
        """Let go of the arrays; an operation that kept none, as an addition, can run again."""
        if self._saved:
            self._saved = None


class Node:
    """One operation that ran: which one, what it kept, and the tensors it was given."""

    def __init__(self, op, ctx, inputs):
        self.op = op
        self.ctx = ctx
        self.inputs = inputs


def apply(op, *tensors, **params):
    """Run an operation on tensors; record it if one of them requires a gradient.

    Its `ctx` learns which inputs need one: none does while nothing is recorded. The result, made by
    `_wrap`, remembers a `Node` if the operation was recorded, else None.
    """
    ### BEGIN SOLUTION
    ctx = Context([_recording and t.requires_grad for t in tensors])
    array = run(op, ctx, tensors, params)
    node = Node(op, ctx, tensors) if any(ctx.needs_input_grad) else None
    return tensors[0]._wrap(array, node)
    ### END SOLUTION


def run(op, ctx, tensors, params):
    """Run `op.forward` on the tensors' arrays; give an array of their type, or of `dtype`."""
    array = np.asarray(op.forward(ctx, *[t._data for t in tensors], **params))
    dtype = params.get("dtype", tensors[0]._data.dtype)
    if array.dtype != dtype and array.dtype.kind == dtype.kind == "f":
        array = array.astype(dtype)  # NumPy before 2 makes float64 of a 0-d float32 and a number
    return array


def is_recording():
    """Say whether operations are being recorded now."""
    return _recording


@contextmanager
def no_grad():
    """Record nothing inside the `with` block; afterwards all is as before, even after an error."""
    global _recording
    ### BEGIN SOLUTION
    before, _recording = _recording, False
    try:
        yield
    finally:
        _recording = before
    ### END SOLUTION


def check_in_place(tensor):
    """Refuse `tensor` in a change in place, as what is changed or as an operand.

    Raises RuntimeError for a tensor that requires a gradient while operations are recorded: the
    graph would not know of the change.
    """
    ### BEGIN SOLUTION
    if _recording and tensor.requires_grad:
        raise RuntimeError("in place with a tensor that requires grad: only under no_grad()")
    ### END SOLUTION


def topological_order(root):
    """List the tensors that `root` was made from, each after all its inputs; `root` comes last.

    Only those that require a gradient, each once, however many ways lead to it, and however deep
    the graph is: without recursion.
    """
    ### BEGIN SOLUTION
    order, seen, stack = {}, set(), [root]
    while stack:
        tensor = stack[-1]
        if id(tensor) in seen:  # back on top: all its inputs are in order by now
            order[id(tensor)] = stack.pop()  # once more changes nothing: a key keeps its place
            continue
        seen.add(id(tensor))
        if tensor.grad_fn is not None:
            stack += [t for t in tensor.grad_fn.inputs if t.requires_grad]
    return list(order.values())
    ### END SOLUTION


def unbroadcast(grad, shape):
    """Sum `grad` back to `shape`, the shape an input had before it was broadcast.

    Broadcasting copies values: along new leading dimensions, and along dimensions of length 1.
    The gradient of a value is the sum over all its copies.
    """
    ### BEGIN SOLUTION
    new = grad.ndim - len(shape)
    stretched = tuple(new + i for i, n in enumerate(shape) if n == 1)
    # keepdims, or NumPy would make a scalar for the shape ()
    return grad.sum(axis=(*range(new), *stretched), keepdims=True).reshape(shape)
    ### END SOLUTION


def upstream_of(root, gradient):
    """Give the array that the walk back from `root` starts with: the one of `gradient`.

    Without a `gradient`, a root with a single value starts with 1: d root/d root.

    Raises RuntimeError when `root` does not require a gradient, when it has several values and no
    `gradient` was given, or when the shapes differ.
    """
    ### BEGIN SOLUTION
    if not root.requires_grad:
        raise RuntimeError("backward() needs a tensor that requires grad; this one does not")
    values = root._data
    if gradient is None:
        if values.size != 1:
            raise RuntimeError(
                f"backward() without a gradient needs a single value; the shape is {values.shape}"
            )
        return np.ones_like(values)
    if gradient._data.shape != values.shape:
        raise RuntimeError(
            f"the gradient's shape {gradient._data.shape} is not the tensor's, {values.shape}"
        )
    return np.asarray(gradient._data, values.dtype)
    ### END SOLUTION


def backward(root, gradient=None, retain_graph=False):
    """Walk the graph from `root` to its leaves and add to each leaf's `grad`.

    `gradient` is the upstream gradient of `root`, see `upstream_of`. Each node is visited once,
    when all that its result receives has been added up; the chain rule then gives each input its
    share, in the input's own shape and type. A `grad` is a tensor that owns its array. Tensors
    that are no leaves keep a `grad` only if they say so (`retains_grad`).

    Unless `retain_graph`, every node's `ctx` is freed on the way.
    """
    upstream = upstream_of(root, gradient)
    ### BEGIN SOLUTION
    received = {id(root): upstream}  # for each tensor, the gradient that has reached it so far
    for tensor in reversed(topological_order(root)):
        grad, node = received.pop(id(tensor)), tensor.grad_fn
        if node is None or tensor.retains_grad:
            total = grad.copy() if tensor.grad is None else tensor.grad._data + grad
            tensor.grad = tensor._wrap(total)
        if node is None:
            continue
        shares = node.op.backward(node.ctx, grad)
        shares = shares if isinstance(shares, tuple) else (shares,)
        for parent, share in zip(node.inputs, shares, strict=True):
            if parent.requires_grad:
                if share.shape != parent._data.shape:
                    share = unbroadcast(share, parent._data.shape)
                if share.dtype != parent._data.dtype:
                    share = share.astype(parent._data.dtype)
                earlier = received.get(id(parent))
                received[id(parent)] = share if earlier is None else earlier + share
        if not retain_graph:
            node.ctx.free()
    ### END SOLUTION
