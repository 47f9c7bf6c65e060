"""Stage 4, a network: layers whose parameters are made when somebody first asks for them."""

from itertools import pairwise
from types import FunctionType

import numpy as np

from ..tensors import Tensor


class Parameter(Tensor):
    """A tensor that a layer learns: it always requires a gradient."""

    def __init__(self, data):
        super().__init__(data, requires_grad=True)

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"


class OnDemand:
    """An attribute that may be set to a function, which makes the value when it is first read."""

    def __set_name__(self, owner, name):
        self.name = name

    def __set__(self, module, value):
        vars(module)[self.name] = value

    def __get__(self, module, owner=None):
        if module is None or self.name not in vars(module):
            raise AttributeError(self.name)
        if isinstance(vars(module)[self.name], FunctionType):
            vars(module)[self.name] = vars(module)[self.name]()
        return vars(module)[self.name]


class Module:
    """A part of a network, made of parameters and of smaller modules; a call runs `forward`."""

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def named_children(self):
        """Yield (name, module) for each module among the attributes, in the order they were set."""
        return ((name, part) for name, part in vars(self).items() if isinstance(part, Module))

    def named_parameters(self, prefix="", remove_duplicate=True):
        """Yield (name, parameter): a module's own first, then its children's, as `child.name`."""
        met = set()
        for name, parameter in self._all_parameters(prefix):
            if id(parameter) not in met or not remove_duplicate:
                met.add(id(parameter))
                yield name, parameter

    def _all_parameters(self, prefix):
        """Yield (name, parameter) under all names; reading an attribute makes its parameter."""
        start = f"{prefix}." if prefix else ""
        for name in list(vars(self)):
            value = getattr(self, name)
            if isinstance(value, Parameter):
                yield start + name, value
        for name, child in self.named_children():
            yield from child._all_parameters(start + name)

    def parameters(self):
        """Yield the parameters of this module and of all inside it, each once."""
        return (parameter for _, parameter in self.named_parameters())

    def zero_grad(self):
        """Forget the gradients of all parameters: each `grad` becomes None."""
        for parameter in self.parameters():
            parameter.grad = None

    def state_dict(self):
        """Give what the module has learnt: a dict from each parameter's names to its values."""
        return {name: p.detach() for name, p in self.named_parameters(remove_duplicate=False)}

    def load_state_dict(self, state_dict):
        """Copy values by name into the parameters' own arrays; RuntimeError if they do not fit."""
        mine = dict(self.named_parameters(remove_duplicate=False))
        shapes = {name: parameter.shape for name, parameter in mine.items()}
        if shapes != {name: values.shape for name, values in state_dict.items()}:
            raise RuntimeError(f"this state_dict does not fit; these names and shapes do: {shapes}")
        for name, parameter in mine.items():
            parameter._data[...] = state_dict[name]._data

    def extra_repr(self):
        """Say what stands between the brackets when a module is printed, before its children."""
        return ""

    def __repr__(self):
        parts = [f"({name}): {part!r}" for name, part in self.named_children()]
        inside = self.extra_repr()
        if parts:
            inside = "\n".join(["", *inside.splitlines(), *parts]).replace("\n", "\n  ") + "\n"
        return f"{type(self).__name__}({inside})"


class Linear(Module):
    """out = input @ weight.T + bias"""

    weight, bias = OnDemand(), OnDemand()

    def __init__(self, in_features, out_features, bias=True):
        """Draw a seed for `weight` (out, in) and one for `bias` (out,); they are made on demand."""
        self.in_features, self.out_features = in_features, out_features
        self.weight = self._uniform(out_features, in_features)
        self.bias = self._uniform(out_features) if bias else None

    def _uniform(self, *shape):
        """Give the function that makes a parameter of this shape, always with the same values."""
        bound, seed = self.in_features**-0.5, np.random.randint(2**31)

        def make():
            values = np.random.RandomState(seed).uniform(-bound, bound, shape)
            return Parameter(values.astype(np.float32))

        return make

    def forward(self, input):
        """Map `input` (..., in_features) to (..., out_features)."""
        out = input @ self.weight.T
        return out if self.bias is None else out + self.bias

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
        for module in self:
            input = module(input)
        return input


class MLP(Sequential):
    """A multilayer perceptron: MLP(64, 32, 10) has 64 inputs, 32 hidden units and 10 outputs."""

    def __init__(self, *sizes, activation=ReLU):
        """Put a Linear between each two sizes, and an activation between each two Linears."""
        if len(sizes) < 2:
            raise ValueError("an MLP needs the number of its inputs and of its outputs at least")
        first, *others = (Linear(*pair) for pair in pairwise(sizes))
        super().__init__(first, *(layer for other in others for layer in (activation(), other)))
