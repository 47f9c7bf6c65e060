"""Stage 4, a network: layers, which are only products and sums."""

import numpy as np

from ..tensors import Tensor, float32, tensor


class Parameter(Tensor):
    """A tensor that a layer learns: it always requires a gradient."""

    def __init__(self, data):
        super().__init__(data._data, requires_grad=True)


class Module:
    """A part of a network: call it to run its `forward`."""

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def parameters(self):
        """Yield the parameters of this module, in the order in which they were set."""
        return (value for value in vars(self).values() if isinstance(value, Parameter))


class Linear(Module):
    """out = input @ weight.T + bias"""

    def __init__(self, in_features, out_features):
        """Make `weight` (out_features, in_features) and `bias` (out_features,) as PyTorch does.

        Both are float32 parameters, uniform between -1/sqrt(in_features) and 1/sqrt(in_features)
        (torch.nn.Linear; LeCun et al., Efficient BackProp, 1998, for the scale).
        """
        ### BEGIN SOLUTION
        bound = 1 / np.sqrt(in_features)

        def uniform(*shape):
            return Parameter(tensor(np.random.uniform(-bound, bound, shape), dtype=float32))

        self.weight = uniform(out_features, in_features)
        self.bias = uniform(out_features)
        ### END SOLUTION

    def forward(self, input):
        """Map `input` (N, in_features) to (N, out_features)."""
        ### BEGIN SOLUTION
        return input @ self.weight.T + self.bias  # (N, in) @ (in, out) + (out,)
        ### END SOLUTION
