"""Stage 5, training: optimisers whose memory comes into being with the first step that needs it."""

from collections import defaultdict
from functools import cached_property

import numpy as np


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

    def with_gradients(self):
        """Yield (number, array, gradient) for each parameter that has a gradient."""
        for i, parameter in enumerate(self.params):
            if parameter.grad is not None:
                yield i, parameter._data, parameter.grad._data


class SGD(Optimizer):
    """Stochastic gradient descent: every parameter takes a step against its gradient."""

    def __init__(self, params, lr=1e-3, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay

    @cached_property
    def velocities(self):
        """The velocities by the parameter's number; there are none before the first step."""
        return {}

    def step(self):
        """Take a step with every parameter that has a gradient, in place."""
        for i, p, grad in self.with_gradients():
            p -= self.lr * self.velocity(i, self.decayed(p, grad))

    def decayed(self, p, grad):
        """grad + weight_decay * p, a new array; without a decay `grad` itself."""
        return grad if self.weight_decay == 0 else self.weight_decay * p + grad

    def velocity(self, i, grad):
        """momentum * v + grad; a parameter's first v copies `grad`. Without a momentum `grad`."""
        if self.momentum == 0:
            return grad
        first = i not in self.velocities
        self.velocities[i] = grad.copy() if first else self.momentum * self.velocities[i] + grad
        return self.velocities[i]


class Moments:
    """A parameter's running means of gradients and of their squares, and its count of steps."""

    t = m = v = 0

    def update(self, grad, beta1, beta2):
        """Take a gradient in; give both means, corrected for their start at zero."""
        self.t += 1
        self.m = beta1 * self.m + (1 - beta1) * grad
        self.v = beta2 * self.v + (1 - beta2) * np.square(grad)
        return self.m / (1 - beta1**self.t), self.v / (1 - beta2**self.t)


class Adam(Optimizer):
    """Steps of a size of their own for every weight, from running means of gradients."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params)
        self.lr, self.betas, self.eps = lr, betas, eps
        self.moments = defaultdict(Moments)

    def step(self):
        """Take a step with every parameter that has a gradient, in place."""
        for i, p, grad in self.with_gradients():
            mean, square = self.moments[i].update(grad, *self.betas)
            p -= self.lr * mean / (np.sqrt(square) + self.eps)
