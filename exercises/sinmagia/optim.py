"""Stage 5, training: optimisers, which use the gradients and know nothing of how they were made.

A step is arithmetic on the parameters' arrays, `p._data`, which change in place: others hold them
too, and nothing of it is recorded. A parameter whose `grad` is None stays as it is.
"""

import numpy as np


class Optimizer:
    """What all optimisers share: the parameters, and forgetting their gradients.

    Raises ValueError without parameters.
    """

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
    """Stochastic gradient descent: every parameter takes a step against its gradient.

    `lr` is the learning rate, how long a step is.
    """

    def __init__(self, params, lr=1e-3, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.velocities = {}  # by the parameter's number

    def step(self):
        """Take a step with every parameter that has a gradient, in place.

        d = grad + weight_decay * p      see `decayed`
        v = momentum * v + d             see `velocity`
        p -= lr * v
        """
        # TODO sgd_step (5 points): For each (number, array, gradient) that
        #   `self.with_gradients()` yields, subtract from the array, in place, `self.lr`
        #   times its direction. The direction is the gradient, passed first through
        #   `self.decayed` and then through `self.velocity`. The gradients stay as they are:
        #   forgetting them is the work of `zero_grad`.
        # Read: lessons/5-training.md#sgd
        raise NotImplementedError("sgd_step")

    def decayed(self, p, grad):
        """grad + weight_decay * p: what pulls large weights back; a new array.

        With a `weight_decay` of 0 it is `grad`.
        """
        if self.weight_decay == 0:
            return grad
        # TODO sgd_weight_decay (2 points): Return a new array: the gradient plus
        #   `self.weight_decay` times the parameter's own values. Neither `p` nor `grad`
        #   changes.
        # Read: lessons/5-training.md#weight-decay
        raise NotImplementedError("sgd_weight_decay")

    def velocity(self, i, grad):
        """v = momentum * v + grad, remembered for parameter number `i`; the first v copies `grad`.

        With a `momentum` of 0 it is `grad`, and nothing is remembered (Sutskever et al., On the
        importance of initialization and momentum in deep learning, 2013; the form is PyTorch's).
        """
        if self.momentum == 0:
            return grad
        # TODO sgd_momentum (3 points): Return the velocity of parameter number `i`:
        #   `self.momentum` times its velocity of the step before, plus `grad`; at its first
        #   step, a copy of `grad`. Remember it in `self.velocities` under `i`.
        # Read: lessons/5-training.md#momentum
        raise NotImplementedError("sgd_momentum")


class Adam(Optimizer):
    """Steps of a size of their own for every weight, from running means of gradients.

    `lr` is the learning rate; `betas` say how much of the old means stays; `eps` keeps the division
    from zero.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params)
        self.lr, self.betas, self.eps = lr, betas, eps
        self.moments = {}  # by the parameter's number: the step count t, and the arrays m and v

    def step(self):
        """Take a step with every parameter that has a gradient, in place.

            m = beta1 * m + (1 - beta1) * grad           the mean gradient
            v = beta2 * v + (1 - beta2) * grad**2        the mean square
            p -= lr * m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + eps)

        m and v start at zero, and t, each parameter's own count of steps, at one. The divisions
        by 1 - beta**t make up for that start (Kingma & Ba, Adam, 2015, algorithm 1).
        """
        # TODO adam_step (5 points): For each (number, array, gradient) of
        #   `self.with_gradients()`, work out t, m and v with the formulas above and change
        #   the array in place. Remember the three in `self.moments` under the number. The
        #   division by `1 - beta**t` is for the step alone: what is remembered is m and v
        #   before it.
        # Read: lessons/5-training.md#adam
        raise NotImplementedError("adam_step")
