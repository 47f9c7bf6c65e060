"""Stage 4, a network: layers that enter in registries what they are made of."""

from functools import reduce
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
    """A part of a network, made of parameters and of smaller modules; a call runs `forward`.

    Two registries, by name, know both: whatever is set as an attribute is entered in the one that
    fits, and leaves it when the attribute is set to something else or deleted.
    """

    def __new__(cls, *_inputs, **_options):
        """Have the registries ready before any `__init__`, which may not call ours."""
        module = super().__new__(cls)
        vars(module).update(_parameters={}, _modules={})
        return module

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        self._enter(name, value)

    def __delattr__(self, name):
        super().__delattr__(name)
        self._enter(name, None)

    def _enter(self, name, value):
        """Enter a value in the registry of its kind, and in no other."""
        for registry, kind in ((self._parameters, Parameter), (self._modules, Module)):
            if isinstance(value, kind):
                registry[name] = value
            else:
                registry.pop(name, None)

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def named_children(self):
        """Yield (name, module) for each module among the attributes, in the order they were set."""
        yield from self._modules.items()

    def named_modules(self, prefix=""):
        """Yield (name, module) for this module and for all that are inside it."""
        yield prefix, self
        for name, child in self._modules.items():
            yield from child.named_modules(dotted(prefix, name))

    def named_parameters(self, prefix="", remove_duplicate=True):
        """Yield (name, parameter): a module's own first, then its children's, as `child.name`.

        A `prefix` stands before all names. A parameter with several names comes once, with the
        first of them; with all if `remove_duplicate` is False.
        """
        found = set()
        for path, module in self.named_modules(prefix):
            for name, parameter in module._parameters.items():
                if id(parameter) not in found:
                    yield dotted(path, name), parameter
                if remove_duplicate:
                    found.add(id(parameter))

    def parameters(self):
        """Yield the parameters of this module and of all inside it, each once."""
        return (parameter for _, parameter in self.named_parameters())

    def zero_grad(self):
        """Forget the gradients of all parameters: each `grad` becomes None."""
        for _, module in self.named_modules():
            for parameter in module._parameters.values():
                parameter.grad = None

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
        mine = self.state_dict()
        shapes, offered = ({name: t.shape for name, t in d.items()} for d in (mine, state_dict))
        wrong = {name for name, _ in shapes.items() ^ offered.items()}
        if wrong:
            raise RuntimeError(f"names or shapes that do not fit: {', '.join(sorted(wrong))}")
        for name, values in mine.items():
            np.copyto(values._data, state_dict[name]._data, casting="unsafe")

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
        numbers = np.random.uniform(-1, 1, (out_features, in_features + 1))  # weights, then bias
        numbers = (numbers / np.sqrt(in_features)).astype(np.float32)
        self.weight = Parameter(numbers[:, :-1])
        self.bias = Parameter(numbers[:, -1]) if bias else None

    def forward(self, input):
        """Map `input` (..., in_features) to (..., out_features)."""
        out = input.matmul(self.weight.transpose(0, 1))
        return out if self.bias is None else out.add(self.bias)

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
        return reduce(lambda out, module: module(out), self, input)


class MLP(Sequential):
    """A multilayer perceptron: MLP(64, 32, 10) has 64 inputs, 32 hidden units and 10 outputs."""

    def __init__(self, *sizes, activation=ReLU):
        """Put a Linear between each two sizes, and an activation between each two Linears.

        After the last Linear comes none: its outputs are scores. `activation` is a class.
        """
        if len(sizes) < 2:
            raise ValueError("an MLP needs the number of its inputs and of its outputs at least")
        first, *others = (Linear(*pair) for pair in pairwise(sizes))
        super().__init__(first, *(part for linear in others for part in (activation(), linear)))
