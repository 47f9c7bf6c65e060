"""Stage 5, training: the same optimisers, written as corrections of what they remember."""

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
        """List (number, array, gradient) of each parameter that has a gradient, the last first."""
        numbered = reversed(list(enumerate(self.params)))
        return [(i, p._data, p.grad._data) for i, p in numbered if p.grad is not None]


class SGD(Optimizer):
    """Stochastic gradient descent: every parameter takes a step against its gradient."""

    def __init__(self, params, lr=1e-3, momentum=0.0, weight_decay=0.0):
        super().__init__(params)
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self.velocities = {}

    def step(self):
        """Take a step with every parameter that has a gradient, in place."""
        for i, p, grad in self.with_gradients():
            p += self.velocity(i, self.decayed(p, grad)) * -self.lr

    def decayed(self, p, grad):
        """weight_decay * p + grad, a new array; without a decay `grad` itself."""
        return p * self.weight_decay + grad if self.weight_decay else grad

    def velocity(self, i, grad):
        """v + grad - (1 - momentum) * v, where v was 0 at first; without a momentum `grad`."""
        if not self.momentum:
            return grad
        before = self.velocities.get(i, np.zeros_like(grad))
        self.velocities[i] = before + (grad - (1 - self.momentum) * before)
        return self.velocities[i]


class Adam(Optimizer):
    """Steps of a size of their own for every weight, from running means of gradients."""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params)
        self.lr, self.betas, self.eps = lr, betas, eps
        self.moments = {}

    def step(self):
        """Take a step with every parameter that has a gradient, in place.

        The means move a part of the way to what is new, and both corrections for their start are
        made in the learning rate (Kingma & Ba, Adam, 2015, end of section 2).
        """
        beta1, beta2 = self.betas
        for i, p, grad in self.with_gradients():
            t, m, v = self.moments.get(i, (0, np.zeros_like(p), np.zeros_like(p)))
            t, m, v = t + 1, m + (grad - m) * (1 - beta1), v + (grad**2 - v) * (1 - beta2)
            self.moments[i] = t, m, v
            unbias = np.sqrt(1 - beta2**t)
            p -= m / (np.sqrt(v) + self.eps * unbias) * (self.lr * unbias / (1 - beta1**t))
