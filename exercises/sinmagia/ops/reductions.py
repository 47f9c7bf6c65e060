"""Stage 2, operations: many values into few."""

import numpy as np


class Sum:
    """out = the sum of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Add up over `dim`: None for everything, an int or a tuple of ints, negative ones too.

        `keepdim` leaves a summed dimension in place with length 1.
        """
        # TODO sum_forward (1 point): Return the sum of `a` over `dim`: None is everything,
        #   otherwise an int (0 and negative ones included) or a tuple of ints. With
        #   `keepdim` the summed dimensions stay, with length 1. Keep `dim`, `keepdim` and
        #   the shape of `a` as attributes of `ctx`.
        # Read: lessons/2-operations.md#sum
        raise NotImplementedError("sum_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 for every value that was added, so all of them get their sum's gradient."""
        # TODO sum_backward (1 point): Return one array of the shape of `a`, in which every
        #   value has the gradient of the sum that it entered. Without `keepdim` the summed
        #   dimensions are missing from `grad`: put them back in their places before you
        #   spread it. Mind `dim=0`, negative dimensions, and square matrices, where a wrong
        #   dimension raises no error.
        # Read: lessons/2-operations.md#sum
        raise NotImplementedError("sum_backward")
