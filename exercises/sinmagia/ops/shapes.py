"""Stage 2, operations: the same values in another shape, some of them, or several together."""

import numpy as np


class Reshape:
    """out = the values of a, in order, in another shape"""

    @staticmethod
    def forward(ctx, a, shape):
        """Lay the values out in `shape`, a tuple; one of its lengths may be -1, for the rest."""
        # TODO reshape_forward (1 point): Return the values of `a`, in the same order, in
        #   the shape `shape`. One of its lengths may be -1: it becomes what is left over.
        #   Keep in `ctx` what the way back needs.
        # Read: lessons/2-operations.md#reshape
        raise NotImplementedError("reshape_forward")

    @staticmethod
    def backward(ctx, grad):
        """Every value only moved, so its gradient moves back."""
        # TODO reshape_backward (1 point): Return one array of the shape of `a`, with the
        #   values of `grad` in the same order.
        # Read: lessons/2-operations.md#reshape
        raise NotImplementedError("reshape_backward")


class Transpose:
    """out = a with `dim0` and `dim1` exchanged"""

    @staticmethod
    def forward(ctx, a, dim0, dim1):
        """Exchange two dimensions: (rows, columns) becomes (columns, rows)."""
        # TODO transpose_forward (1 point): Return `a` with the dimensions `dim0` and `dim1`
        #   exchanged and all the others where they were. Either may be negative. Keep both
        #   as attributes of `ctx` for the way back.
        # Read: lessons/2-operations.md#transpose
        raise NotImplementedError("transpose_forward")

    @staticmethod
    def backward(ctx, grad):
        """Every value only moved, so its gradient moves back."""
        # TODO transpose_backward (1 point): Return one array of the shape of `a`: the
        #   values of `grad`, each moved back to where its value was in `a`. No arithmetic
        #   is needed.
        # Read: lessons/2-operations.md#transpose
        raise NotImplementedError("transpose_backward")


class Permute:
    """out = a with its dimensions in the order `dims`"""

    @staticmethod
    def forward(ctx, a, dims):
        """Reorder all dimensions: out.shape[i] is a.shape[dims[i]]; negative ones count back."""
        # TODO permute_forward (1 point, extension): Return `a` with its dimensions in the
        #   order `dims`: dimension i of the result is dimension `dims[i]` of `a`. Negative
        #   ones count from the end. Keep `dims` as an attribute of `ctx`.
        # Read: lessons/2-operations.md#permute
        raise NotImplementedError("permute_forward")

    @staticmethod
    def backward(ctx, grad):
        """Every value only moved: its gradient moves back, by the inverse of the order."""
        # TODO permute_backward (1 point, extension): Return one array of the shape of `a`:
        #   the dimensions of `grad` go back to where they were. The same order a second
        #   time is not always the way back: try (2, 0, 1). `dims` may hold negative
        #   numbers.
        # Read: lessons/2-operations.md#permute
        raise NotImplementedError("permute_backward")


class GetItem:
    """out = a[index]"""

    @staticmethod
    def forward(ctx, a, index):
        """Pick by ints, slices, None, `...`, integer arrays (with repeats) or a mask, as NumPy."""
        # TODO getitem_forward (1 point): Return `a[index]`. The index is any that NumPy
        #   takes: ints, slices, None, `...`, integer arrays, a mask, or a tuple of these.
        #   Keep in `ctx` what the way back needs.
        # Read: lessons/2-operations.md#getitem
        raise NotImplementedError("getitem_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 for each time that a value was picked, and 0 for the rest."""
        # TODO getitem_backward (1 point): Return one array of the shape of `a`: each value
        #   that was picked has its coordinate of `grad`, and the rest have 0.
        # TODO getitem_repeats (1 point, extension): A value that was picked several times
        #   receives the sum of the gradients of all its copies. `getitem_backward` does not
        #   ask for this.
        # Read: lessons/2-operations.md#getitem, #getitem-repeats
        raise NotImplementedError("getitem_backward getitem_repeats")


class Cat:
    """out = the arrays, one after the other along `dim`"""

    @staticmethod
    def forward(ctx, *arrays, dim=0):
        """Join arrays whose shapes differ at most along `dim`."""
        # TODO cat_forward (1 point, extension): Return the arrays joined one after the
        #   other along `dim`, which may be negative. Along `dim` their lengths may differ.
        #   Keep in `ctx` what tells `backward` where each array lies.
        # Read: lessons/2-operations.md#cat
        raise NotImplementedError("cat_forward")

    @staticmethod
    def backward(ctx, grad):
        """Each array gets back the part of the gradient that lies where the array lay."""
        # TODO cat_backward (1 point, extension): Return a tuple with one gradient for each
        #   array: the part of `grad` that lies where the array lay. The parts need not be
        #   equally long.
        # Read: lessons/2-operations.md#cat
        raise NotImplementedError("cat_backward")
