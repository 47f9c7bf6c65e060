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
    # TODO record (5 points): Run `op` through `run`, with a `Context` that tells for each
    #   tensor whether its gradient is needed: it requires one, and operations are being
    #   recorded. Return what `_wrap` of the first tensor makes from the array and a `Node`,
    #   or from the array and None where no input needs a gradient. The node holds all the
    #   tensors in their order, the constants too.
    # Read: lessons/3-backward.md#record
    raise NotImplementedError("record")


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
    # TODO no_grad (2 points): Inside the block `is_recording()` is False; after it, what it
    #   was before. Blocks may be nested: leaving the inner one must not switch recording on
    #   again.
    # TODO no_grad_after_error (1 point, extension): An error inside the block reaches
    #   whoever wrote the block, and recording is again as it was before.
    # Read: lessons/3-backward.md#no-grad
    raise NotImplementedError("no_grad no_grad_after_error")


def check_in_place(tensor):
    """Refuse `tensor` in a change in place, as what is changed or as an operand.

    Raises RuntimeError for a tensor that requires a gradient while operations are recorded: the
    graph would not know of the change.
    """
    # TODO in_place (2 points): Raise a RuntimeError if `tensor` requires a gradient while
    #   operations are recorded; otherwise do nothing. Every change in place (`t -= 1`,
    #   `t[0] = 1`) asks this function first.
    # Read: lessons/3-backward.md#in-place
    raise NotImplementedError("in_place")


def topological_order(root):
    """List the tensors that `root` was made from, each after all its inputs; `root` comes last.

    Only those that require a gradient, each once, however many ways lead to it, and however deep
    the graph is: without recursion.
    """
    # TODO topological_order (4 points): Return a list of tensors in which each comes after
    #   all the inputs of its own node; `root` comes last. Only tensors that require a
    #   gradient are in it, each once.
    # TODO wide_ladder (1 point, extension): After 40 times `x = x + x` there are 2**40
    #   paths back to the start, but only 41 tensors. Go down from every tensor once,
    #   however many paths lead to it, and such a graph takes no time.
    # TODO deep_chain (2 points, extension): The order must also come out for a chain of
    #   20,000 operations: work with a list of your own, since Python lets functions call
    #   each other only about 1,000 deep.
    # Read: lessons/3-backward.md#order
    raise NotImplementedError("topological_order wide_ladder deep_chain")


def unbroadcast(grad, shape):
    """Sum `grad` back to `shape`, the shape an input had before it was broadcast.

    Broadcasting copies values: along new leading dimensions, and along dimensions of length 1.
    The gradient of a value is the sum over all its copies.
    """
    # TODO unbroadcast_new (3 points): Sum `grad` over the dimensions that broadcasting put
    #   in front: a `grad` of shape (4, 2, 3) and the `shape` (2, 3) give an array of shape
    #   (2, 3). Leave `grad` as it came. `backward` is to call this for every gradient whose
    #   shape is not its tensor's.
    # TODO unbroadcast_ones (3 points): Sum also over each dimension whose length in `shape`
    #   is 1, and keep it with length 1: from (2, 3) to (2, 1). Both kinds of copies can
    #   occur at once.
    # TODO unbroadcast_scalar (1 point): `shape` may be `()`: then everything is summed, and
    #   an array without dimensions comes back.
    # Read: lessons/3-backward.md#broadcast
    raise NotImplementedError("unbroadcast_new unbroadcast_ones unbroadcast_scalar")


def upstream_of(root, gradient):
    """Give the array that the walk back from `root` starts with: the one of `gradient`.

    Without a `gradient`, a root with a single value starts with 1: d root/d root.

    Raises RuntimeError when `root` does not require a gradient, when it has several values and no
    `gradient` was given, or when the shapes differ.
    """
    # TODO upstream (3 points): Return an array of the shape and dtype of `root`: the values
    #   of the tensor `gradient`, or a 1 if there is none and `root` has a single value,
    #   whatever its number of dimensions. A `gradient` of another shape is a RuntimeError.
    # TODO backward_of_many (1 point): Without a `gradient`, a `root` that does not have
    #   exactly one value is a RuntimeError: nobody said how much each value counts.
    # TODO backward_of_constant (1 point): If `root` does not require a gradient, raise a
    #   RuntimeError, with a `gradient` or without one.
    # Read: lessons/3-backward.md#upstream
    raise NotImplementedError("upstream backward_of_many backward_of_constant")


def backward(root, gradient=None, retain_graph=False):
    """Walk the graph from `root` to its leaves and add to each leaf's `grad`.

    `gradient` is the upstream gradient of `root`, see `upstream_of`. Each node is visited once,
    when all that its result receives has been added up; the chain rule then gives each input its
    share, in the input's own shape and type. A `grad` is a tensor that owns its array. Tensors
    that are no leaves keep a `grad` only if they say so (`retains_grad`).

    Unless `retain_graph`, every node's `ctx` is freed on the way.
    """
    upstream = upstream_of(root, gradient)
    # TODO chain (6 points): Walk `topological_order(root)` from its end, starting with
    #   `upstream`. `node.op.backward(node.ctx, grad)` gives an array, or a tuple with one
    #   per input: pass them on, those of another type through `astype`. A leaf keeps its
    #   own in `grad`, as a tensor: `leaf._wrap(array)` makes one.
    # TODO shared_node (5 points): A tensor that was used several times receives a gradient
    #   from each use, also twice from one operation: add them up.
    # TODO diamond (4 points): Where several ways meet in a tensor, its operation's
    #   `backward` runs once, with the sum of all that arrived; what was sent on is not sent
    #   again.
    # TODO skip_path (3 points): A tensor may be reached on a short way and on a long one.
    #   Its turn comes after both, whichever arrived first.
    # TODO accumulate (3 points): A `grad` that a leaf already has is added to, not
    #   replaced: after two passes it holds the sum of both.
    # TODO leaf_only (1 point): Only leaves keep a `grad`. A tensor that an operation made
    #   passes on what it received, and its `grad` stays None.
    # TODO unused_branch (2 points): What `root` was not made from, and what requires no
    #   gradient, plays no part: nobody waits for its gradient, and its `grad` stays None.
    # TODO arrays_of_others (1 point, extension): Never write into an array that an
    #   operation returned, nor into `upstream`: another may hold it too. A leaf's `grad`
    #   has an array of its own.
    # TODO freed_graph (2 points): Unless `retain_graph`, let go of what each node kept,
    #   with `node.ctx.free()`, as soon as its operation has answered: a second walk then
    #   raises RuntimeError.
    # TODO retain_graph (1 point): With `retain_graph=True` nothing is freed: a second walk
    #   gives the same gradients again, and they are added to the first.
    # TODO retain_grad (1 point, extension): A tensor that is no leaf but has `retains_grad`
    #   set keeps a `grad` as well: the sum of all that it received. It passes that on all
    #   the same.
    # TODO any_graph (2 points, extension): Nothing new to write. Graphs drawn at random
    #   from all the operations have to come out right: tensors shared, broadcast, detached
    #   or unused, and several roots over one graph.
    # Read: lessons/3-backward.md#chain, #shared-node, #diamond, #accumulate, #leaves,
    #   #others, #freed, #any-graph
    raise NotImplementedError(
        "chain shared_node diamond skip_path accumulate leaf_only unused_branch "
        "arrays_of_others freed_graph retain_graph retain_grad any_graph"
    )
