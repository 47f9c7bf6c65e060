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
        # TODO linear_parameters (3 points): Set `self.weight`, of shape (out_features,
        #   in_features), and after it `self.bias`, of shape (out_features,). Each is a
        #   `Parameter` made from a float32 tensor. Draw every value of both on its own,
        #   uniform between `-1 / sqrt(in_features)` and `1 / sqrt(in_features)`. Draw with
        #   the functions of `np.random`: a generator of your own would not follow
        #   `np.random.seed`.
        # Read: lessons/4-mlp.md#parameters
        raise NotImplementedError("linear_parameters")

    def forward(self, input):
        """Map `input` (N, in_features) to (N, out_features)."""
        # TODO linear (4 points): Return the output for a batch, of shape (N, out_features):
        #   each row of `input`, of shape (N, in_features), times the weights, plus the
        #   bias. Use operations of tensors alone, so that they are recorded: no `_data` and
        #   no NumPy.
        # Read: lessons/4-mlp.md#linear
        raise NotImplementedError("linear")
