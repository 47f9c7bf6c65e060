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
        # TODO sgd_step (5 points): Subtract from each of `self.params` its gradient times
        #   `self.lr`; one whose `grad` is None stays as it is. The change is in place,
        #   since the layer holds the same tensor, and inside `no_grad()`, so that it is not
        #   recorded. The gradients stay as they are: forgetting them is the work of
        #   `zero_grad`.
        # Read: lessons/5-training.md#sgd
        raise NotImplementedError("sgd_step")
