"""Stage 5, training: optimisers that keep a closure for each parameter's past.

A step changes the parameters' arrays, `p._data`, in place. A parameter whose `grad` is None stays
as it is.
"""

from collections import defaultdict

import numpy as np


def rolling():
    """Make a velocity: a function that adds to what it keeps of all it was given before."""
    v = None

    def push(momentum, grad):
        nonlocal v
        v = grad.copy() if v is None else momentum * v + grad
        return v

    return push


def fading_mean():
    """Make a mean in which a value weighs `beta` times as much with each one that follows it.

    The weights are added up as well, so that their sum, 1 - beta**t after t values, divides.
    """
    total = weights = 0.0

    def include(beta, value):
        nonlocal total, weights
        total = beta * total + (1 - beta) * value
        weights = beta * weights + (1 - beta)
        return total / weights

    return include


class Optimizer:
    """What all optimisers share: the parameters, and forgetting their gradients."""

    def __init__(self, params):
        self.params = list(params)
        if not self.params:
            raise ValueError("an optimiser needs at least one parameter")

    def zero_grad(self):
        """Forget the gradients of the last step."""
        for parameter in self.params:
            parameter.grad = None

    def step(self):
        """Take a step with every parameter that has a gradient, in place."""
        for i, parameter in enumerate(self.params):
            if parameter.grad is not None:
                array = parameter._data
                array -= self.lr * self.direction(i, array, parameter.grad._data)


class SGD(Optimizer):
    """Stochastic gradient descent, with velocities and decaying weights if they are asked for."""

    def __init__(self, params, lr=1e-3, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.velocities = defaultdict(rolling)

    def direction(self, i, p, grad):
        """Say which way parameter number `i` goes, against the sign."""
        return self.velocity(i, self.decayed(p, grad))

    def decayed(self, p, grad):
        """grad + weight_decay * p, a new array; `grad` with a `weight_decay` of 0."""
        return grad + self.weight_decay * p if self.weight_decay else grad

    def velocity(self, i, grad):
        """v = momentum * v + grad, remembered for parameter number `i`; `grad` without momentum."""
        return self.velocities[i](self.momentum, grad) if self.momentum else grad


class Adam(Optimizer):
    """The mean gradient, divided by the root of the mean square: steps of each weight's own size.

    Both means fade (Kingma & Ba, Adam, 2015, algorithm 1).
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params)
        self.lr, self.betas, self.eps = lr, betas, eps
        self.means, self.squares = defaultdict(fading_mean), defaultdict(fading_mean)

    def direction(self, i, _, grad):
        """Say which way parameter number `i` goes, against the sign."""
        beta1, beta2 = self.betas
        mean = self.means[i](beta1, grad)
        square = self.squares[i](beta2, grad * grad)
        return mean / (np.sqrt(square) + self.eps)
