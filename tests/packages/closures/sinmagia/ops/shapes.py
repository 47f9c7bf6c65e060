"""Stage 2, operations that move, pick or join values, each with a closure for the way back."""

from itertools import accumulate

import numpy as np

from .elementwise import Operation


class Reshape(Operation):
    """out = the values of a, in order, in another shape"""

    @staticmethod
    def forward(ctx, a, shape):
        before = a.shape
        ctx.pull = lambda grad: grad.reshape(before)
        return a.reshape(shape)


class Transpose(Operation):
    """out = a with `dim0` and `dim1` exchanged"""

    @staticmethod
    def forward(ctx, a, dim0, dim1):
        def exchange(array):
            return array.swapaxes(dim0, dim1)

        ctx.pull = exchange
        return exchange(a)


class Permute(Operation):
    """out = a with its dimensions in the order `dims`"""

    @staticmethod
    def forward(ctx, a, dims):
        ctx.pull = lambda grad: np.moveaxis(grad, range(len(dims)), dims)
        return a.transpose(dims)


class GetItem(Operation):
    """out = a[index]; a value gets the sum of what each of its copies gets"""

    @staticmethod
    def forward(ctx, a, index):
        shape = a.shape

        def pull(grad):
            gradient = np.zeros(shape, grad.dtype)
            np.add.at(gradient, index, grad)
            return gradient

        ctx.pull = pull
        return a[index]


class Cat(Operation):
    """out = the arrays, one after the other along `dim`"""

    @staticmethod
    def forward(ctx, *arrays, dim=0):
        *ends, _ = accumulate(array.shape[dim] for array in arrays)
        ctx.pull = lambda grad: tuple(np.split(grad, ends, axis=dim))
        return np.concatenate(arrays, axis=dim)
