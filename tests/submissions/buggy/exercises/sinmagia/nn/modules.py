"""Stage 4, a network: layers, which are only products, sums and an activation."""

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
        limit = in_features**-0.5
        weight = np.random.uniform(-limit, limit, size=(out_features, in_features))
        bias = np.random.uniform(-limit, limit, size=out_features)
        self.weight = Parameter(tensor(weight.astype("float32")))
        self.bias = Parameter(tensor(bias.astype("float32")))

    def forward(self, input):
        """Map `input` (N, in_features) to (N, out_features)."""
        # TODO linear (4 points): Return the output for a batch, of shape (N, out_features):
        #   each row of `input`, of shape (N, in_features), times the weights, plus the
        #   bias. Use operations of tensors alone, so that they are recorded: no `_data` and
        #   no NumPy.
        # Read: lessons/4-mlp.md#linear
        raise NotImplementedError("linear")
