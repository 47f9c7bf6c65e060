"""Stage 2, operations: along a dimension, many values into few or into parts of a whole.

`dim` says over which dimensions: None for all, an int or a tuple of ints, negative ones too; a
softmax takes one int. `keepdim` keeps a reduced dimension in its place, with length 1.
"""

import numpy as np


class Sum:
    """out = the sum of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Add up over `dim`."""
        # TODO sum_forward (1 point): Return the sum of `a` over `dim`: None is everything,
        #   otherwise an int (0 and negative ones included) or a tuple of ints. With
        #   `keepdim` the summed dimensions stay, with length 1. Keep what `backward` has to
        #   know of the shapes as attributes of `ctx`.
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


class Mean:
    """out = the mean of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Average over `dim`."""
        # TODO mean_forward (1 point): Return the mean of `a` over `dim`; `dim` and
        #   `keepdim` mean what they mean for `Sum`. Keep in `ctx` what `backward` has to
        #   know: the shapes, and how many values enter each mean.
        # Read: lessons/2-operations.md#mean
        raise NotImplementedError("mean_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1/n for each of the n values that were averaged."""
        # TODO mean_backward (1 point): Return one array of the shape of `a`, in which every
        #   value has its share of the gradient of the mean that it entered. As for `Sum`,
        #   dimensions that are missing from `grad` first return to their places.
        # Read: lessons/2-operations.md#mean
        raise NotImplementedError("mean_backward")


class Amax:
    """out = the largest value of a over `dim`"""

    @staticmethod
    def forward(ctx, a, dim=None, keepdim=False):
        """Take the largest over `dim`."""
        # TODO amax_forward (1 point, extension): Return the largest value of `a` over
        #   `dim`; `dim` and `keepdim` mean what they mean for `Sum`. Keep in `ctx` what
        #   tells `backward` where in `a` the largest values were.
        # Read: lessons/2-operations.md#amax
        raise NotImplementedError("amax_forward")

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = 1 for the largest and 0 for the rest; those that tie share in equal parts."""
        # TODO amax_backward (1 point, extension): Return one array of the shape of `a`: the
        #   largest value of each group has the gradient of its maximum, and all others have
        #   0.
        # TODO amax_ties (1 point, extension): Where several values tie for the largest,
        #   they share the gradient of their maximum in equal parts. `amax_backward` does
        #   not ask for this.
        # Read: lessons/2-operations.md#amax, #amax-ties
        raise NotImplementedError("amax_backward amax_ties")


class Softmax:
    """out = e**a / (the sum of e**a over `dim`)"""

    @staticmethod
    def forward(ctx, a, dim):
        """Turn the scores along `dim`, however large, into positive numbers that add up to 1."""
        # TODO softmax_forward (1 point): Return an array of the shape of `a`: e to every
        #   value, divided by the sum of these powers over `dim`. Along `dim` the results
        #   add up to 1. Save in `ctx` what the derivative needs.
        # TODO softmax_extremes (1 point, extension): The result is right however large the
        #   values are and however far apart the rows: `[[1000, 0], [-1000, -1001]]` along
        #   `dim=1` gives no nan. `softmax_forward` does not ask for this.
        # Read: lessons/2-operations.md#softmax, #softmax-extremes
        raise NotImplementedError("softmax_forward softmax_extremes")

    @staticmethod
    def backward(ctx, grad):
        """d out[i]/d a[j] = out[i] ((i == j) - out[j]); a[j] gets the sum of grad[i] times it."""
        # TODO softmax_backward (1 point): Return one array of the shape of `a`, from `grad`
        #   and the saved result. Each value of `a` moves all the results along `dim`, its
        #   own and the others', so its gradient collects from all of them.
        # Read: lessons/2-operations.md#softmax
        raise NotImplementedError("softmax_backward")


class LogSoftmax:
    """out = the logarithm of softmax(a), without its loss of digits"""

    @staticmethod
    def forward(ctx, a, dim):
        """a - log(the sum of e**a over `dim`), however large or far apart the scores are."""
        # TODO log_softmax_forward (1 point): Return an array of the shape of `a`: `a` minus
        #   the logarithm of the sum of e**a over `dim`. Save in `ctx` what the derivative
        #   needs.
        # TODO log_softmax_extremes (1 point, extension): The result is right however large
        #   or far apart the values are: `[[1000, 0]]` along `dim=1` gives `[[0, -1000]]`,
        #   with no nan and no inf. `log_softmax_forward` does not ask for this.
        # Read: lessons/2-operations.md#log_softmax, #log_softmax-extremes
        raise NotImplementedError("log_softmax_forward log_softmax_extremes")

    @staticmethod
    def backward(ctx, grad):
        """d out[i]/d a[j] = (i == j) - softmax(a)[j]; a[j] gets the sum of grad[i] times it."""
        # TODO log_softmax_backward (1 point): Return one array of the shape of `a`, from
        #   `grad` and what you saved. A value of `a` counts once in its own result, and
        #   once in the sum that is taken from all the results along `dim`: both parts enter
        #   its gradient.
        # Read: lessons/2-operations.md#log_softmax
        raise NotImplementedError("log_softmax_backward")
