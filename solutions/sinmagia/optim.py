"""Stage 5, training: optimisers, which use the gradients and know nothing of how they were made."""

from .autograd import no_grad


class SGD:
    """Gradient descent: every parameter takes a step against its gradient."""

    def __init__(self, params, lr):
        self.params = list(params)
        self.lr = lr

    def zero_grad(self):
        """Forget the gradients of the last step."""
        for parameter in self.params:
            parameter.grad = None

    def step(self):
        """p = p - lr * p.grad for every parameter that has a gradient.

        The parameter changes in place, since others hold it too, and the change is not recorded.
        """
        ### BEGIN SOLUTION
        with no_grad():
            for parameter in self.params:
                if parameter.grad is not None:
                    parameter -= self.lr * parameter.grad
        ### END SOLUTION
