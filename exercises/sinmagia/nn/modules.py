"""Stage 4, a network: layers, which are only products and sums, and what they are made of."""

from itertools import pairwise

import numpy as np

from ..tensors import Tensor


class Parameter(Tensor):
    """A tensor that a layer learns: it always requires a gradient."""

    def __init__(self, data):
        super().__init__(data, requires_grad=True)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"


class Module:
    """A part of a network, made of parameters and of smaller modules; a call runs `forward`."""

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def named_children(self):
        """Yield (name, module) for each module among the attributes, in the order they were set."""
        return ((name, part) for name, part in vars(self).items() if isinstance(part, Module))

    def named_parameters(self, prefix="", remove_duplicate=True):
        """Yield (name, parameter): a module's own first, then its children's, as `child.name`.

        A child comes with all that is inside it before the next child. A `prefix` stands before all
        names, as if the module were called so. A parameter with several names, since two modules
        share it, comes once, with the first of them; with all if `remove_duplicate` is False.
        """
        # TODO named_parameters (3 points): Yield pairs (name, parameter): first each
        #   `Parameter` among the module's own attributes, in the order they were set, then
        #   those of each child, and of its children. `dotted` puts names together: the
        #   weight of child `1` is `1.weight`, after `prefix` if there is one.
        # TODO shared_parameters (1 point, extension): A parameter that several modules hold
        #   comes once, with the first of its names; if `remove_duplicate` is False, it
        #   comes with each of them.
        # Read: lessons/4-mlp.md#modules
        raise NotImplementedError("named_parameters shared_parameters")

    def parameters(self):
        """Yield the parameters of this module and of all inside it, each once."""
        return (parameter for _, parameter in self.named_parameters())

    def zero_grad(self):
        """Forget the gradients of all parameters: each `grad` becomes None."""
        # TODO zero_grad (1 point): Set the `grad` of every parameter of the module, and of
        #   all modules inside it, to None.
        # Read: lessons/4-mlp.md#zero-grad
        raise NotImplementedError("zero_grad")

    def state_dict(self):
        """Give what the module has learnt: a dict from each parameter's names to its values.

        They share the parameters' arrays, so that training goes on changing them.
        """
        return {name: p.detach() for name, p in self.named_parameters(remove_duplicate=False)}

    def load_state_dict(self, state_dict):
        """Copy values from `state_dict`, tensors by name, into the parameters' own arrays.

        Raises RuntimeError, and changes nothing, when a name is missing, unknown, or of another
        shape.
        """
        # TODO load_state_dict (2 points): First compare: the names in `state_dict` have to
        #   be exactly those of the module, each with the same shape. Otherwise raise a
        #   RuntimeError, and nothing has changed. Then copy the values into the arrays that
        #   the parameters already have: an optimiser may hold them.
        # Read: lessons/4-mlp.md#state
        raise NotImplementedError("load_state_dict")

    def extra_repr(self):
        """Say what stands between the brackets when a module is printed, before its children."""
        return ""

    def __repr__(self):
        parts = [f"({name}): {part!r}" for name, part in self.named_children()]
        inside = self.extra_repr()
        if parts:
            inside = "\n".join(["", *inside.splitlines(), *parts]).replace("\n", "\n  ") + "\n"
        return f"{type(self).__name__}({inside})"


def dotted(path, name):
    """Join the name of a module and that of a part of it: "encoder" and "weight"."""
    return f"{path}.{name}" if path else name


class Linear(Module):
    """out = input @ weight.T + bias"""

    def __init__(self, in_features, out_features, bias=True):
        """Make `weight` (out_features, in_features) and `bias` (out_features,) as PyTorch does.

        Both are float32 parameters, uniform between -1/sqrt(in_features) and 1/sqrt(in_features)
        (torch.nn.Linear; LeCun et al., Efficient BackProp, 1998, for the scale). Without a bias
        `bias` is None.
        """
        self.in_features, self.out_features = in_features, out_features
        # TODO linear_parameters (3 points): Set `self.weight`, of shape (out_features,
        #   in_features), and after it `self.bias`, of shape (out_features,), or None
        #   without `bias`. Both are float32 `Parameter`s. Draw every value on its own,
        #   uniform between `-1 / sqrt(in_features)` and `1 / sqrt(in_features)`, with the
        #   functions of `np.random`: a generator of your own would not follow
        #   `np.random.seed`.
        # Read: lessons/4-mlp.md#parameters
        raise NotImplementedError("linear_parameters")

    def forward(self, input):
        """Map `input` (..., in_features) to (..., out_features)."""
        # TODO linear (3 points): Return the output, of shape (..., out_features): each row
        #   of `input` times the weights, plus the bias if there is one. Use operations of
        #   tensors alone, so that they are recorded: no `_data` and no NumPy.
        # Read: lessons/4-mlp.md#linear
        raise NotImplementedError("linear")

    def extra_repr(self):
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class ReLU(Module):
    """out = max(input, 0)"""

    def forward(self, input):
        return input.relu()


class Tanh(Module):
    """out = tanh(input)"""

    def forward(self, input):
        return input.tanh()


class Sigmoid(Module):
    """out = 1 / (1 + e**-input)"""

    def forward(self, input):
        return input.sigmoid()


class Sequential(Module):
    """Modules one after the other, each fed with what the one before gave."""

    def __init__(self, *modules):
        for i, module in enumerate(modules):
            if not isinstance(module, Module):
                raise TypeError(f"Sequential is made of modules; {module!r} is none")
            setattr(self, str(i), module)

    def __iter__(self):
        return (module for _, module in self.named_children())

    def __len__(self):
        return len(list(self.named_children()))

    def __getitem__(self, i):
        return list(self)[i]

    def forward(self, input):
        """Feed `input` through the modules, in order."""
        # TODO sequential (2 points): Give `input` to the first module, what comes out of it
        #   to the second, and so on; return what the last one gives. Without any module
        #   that is `input` itself.
        # Read: lessons/4-mlp.md#mlp
        raise NotImplementedError("sequential")


class MLP(Sequential):
    """A multilayer perceptron: MLP(64, 32, 10) has 64 inputs, 32 hidden units and 10 outputs."""

    def __init__(self, *sizes, activation=ReLU):
        """Put a Linear between each two sizes, and an activation between each two Linears.

        After the last Linear comes none: its outputs are scores. `activation` is a class.
        """
        if len(sizes) < 2:
            raise ValueError("an MLP needs the number of its inputs and of its outputs at least")
        # TODO mlp (2 points): Make the list `layers`: a `Linear` from each size to the next
        #   one, and between two of them an activation of its own, `activation()`. After the
        #   last `Linear` there is none. `MLP(64, 32, 10)` has three modules, `MLP(64, 10)`
        #   a single one.
        # Read: lessons/4-mlp.md#mlp
        raise NotImplementedError("mlp")
        super().__init__(*layers)
