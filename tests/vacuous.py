"""Vacuous versions of what an exercise asks for, as code appended to its solved file.

zeros            the right thing is done, and every number that comes of it is zero
input            nothing is done: what comes in is given back, by an operation's backward `grad`
no_gradient      the right value; the gradient that goes through it is zero
gradient_of_sum  the right value; the gradient that comes back is taken as ones, as if of `.sum()`
"""

import ast
import inspect
from contextlib import nullcontext
from copy import copy
from types import GeneratorType

import numpy as np

from grader.settings import SOLUTIONS

KINDS = ("zeros", "input", "no_gradient", "gradient_of_sum")

# What comes of a symbol, where that is more than what it returns, or returns a gradient through.
RESULTS = {"Tensor._lift", "Tensor.__rsub__", "Tensor.__rtruediv__", "apply", "mse_loss",
           "cross_entropy", "Linear.forward", "Sequential.forward"}  # fmt: skip
LEAVES = {"full", "Module.named_parameters"}
GRADIENTS = {"numerical_gradient", "upstream_of"}
MADE = {"Linear.__init__", "MLP.__init__"}
WRITTEN = MADE | {"Module.load_state_dict", "SGD.step", "Adam.step"}


def appended(exercise, kind):
    """Give the source to append to the exercise's file; None where the kind has no meaning."""
    symbol, version = exercise.symbol, version_of(exercise, kind)
    if symbol == "backward" and kind != "input":
        symbol = "upstream_of"  # what the walk back starts with
    return version and f"{APPENDED}\nput(globals(), {symbol!r}, {version})\n"


def version_of(exercise, kind):
    """Give the expression that makes the vacuous version of the right one, or None.

    Of what gives a gradient itself, an operation's backward say, `no_gradient` is `zeros`.
    """
    symbol, definition = exercise.symbol, defined(exercise)
    inputs = {part.arg for part in ast.walk(definition.args) if isinstance(part, ast.arg)}
    match kind:
        case "zeros" if symbol in WRITTEN:
            return "leaving(zeroed)"
        case "zeros" if gives_something(definition):
            return "giving(zero)"
        case "input" if symbol == "no_grad":
            return "leaving_the_block_alone"
        case "input" if symbol.endswith(".backward"):
            return "lambda right: the_gradient"
        case "input" if symbol in GRADIENTS:
            return "lambda right: the_array_that_came_in"
        case "input" if inputs and symbol not in MADE:
            return "lambda right: what_came_in"
        case "no_gradient" if symbol == "backward":
            return "giving(zero)"
        case "no_gradient" if symbol in RESULTS:
            return "giving(a_gradient_of(0))"
        case "no_gradient" if symbol in LEAVES:
            return "giving(detached)"
        case "no_gradient" if symbol in MADE:
            return "leaving(constant)"
        case "gradient_of_sum" if symbol == "backward" or symbol in GRADIENTS:
            return "giving(ones)"
        case "gradient_of_sum" if symbol in RESULTS:
            return "giving(a_gradient_of(1))"
        case "gradient_of_sum" if "grad" in inputs:
            return "taking_ones"
    return None


def defined(exercise):
    """Find the solved definition of an exercise's symbol."""
    node = ast.parse((SOLUTIONS / "sinmagia" / exercise.file).read_text("utf-8"))
    for name in exercise.symbol.split("."):
        node = next(part for part in node.body if getattr(part, "name", None) == name)
    return node


def gives_something(definition):
    return any(
        isinstance(part, (ast.Return, ast.Yield)) and part.value is not None
        for part in ast.walk(definition)
    )


# From here on: what is appended. Tensors are met as whatever has `_data`.


def put(names, symbol, version):
    """Put the version of a symbol in its place: of a function, a method, a property."""
    *owner, name = symbol.split(".")
    right = vars(names[owner[0]])[name] if owner else names[name]
    if isinstance(right, property):
        vacuous = property(version(right.fget))
    elif isinstance(right, staticmethod):
        vacuous = staticmethod(version(right.__func__))
    else:
        vacuous = version(right)
    if owner:
        setattr(names[owner[0]], name, vacuous)
    else:
        names[name] = vacuous


def giving(change):
    """Change all that is returned; what is refused is refused as before."""

    def changed(value):
        if isinstance(value, (tuple, list)):
            return type(value)(map(changed, value))
        return map(changed, value) if isinstance(value, GeneratorType) else change(value)

    return lambda right: lambda *args, **kwargs: changed(right(*args, **kwargs))


def leaving(change):
    """Change the parameters afterwards: those that an optimiser holds, or those of a module."""

    def version(right):
        def vacuous(self, *args, **kwargs):
            right(self, *args, **kwargs)
            for parameter in getattr(self, "params", None) or self.parameters():
                change(parameter)

        return vacuous

    return version


def taking_ones(right):
    """Put ones in the place of the argument `grad`."""
    place = list(inspect.signature(right).parameters).index("grad")
    return lambda *args: right(*args[:place], np.ones_like(args[place]), *args[place + 1 :])


def what_came_in(*args, **kwargs):
    """Give back the first array or tensor, or else whatever comes first."""
    inputs = [*args, *kwargs.values()]
    arrays = [v for v in inputs if isinstance(v, np.ndarray) or hasattr(v, "_data")]
    return [*arrays, *inputs][0]


def the_array_that_came_in(*args, **kwargs):
    first = what_came_in(*args, **kwargs)
    return getattr(first, "_data", first)


def leaving_the_block_alone(right):
    return nullcontext


def the_gradient(ctx, grad):
    return (grad,) * len(ctx.needs_input_grad)


def always_refusing(right):
    def refusing(*args, **kwargs):
        raise RuntimeError("no")

    return refusing


def zero(value):
    """Replace a number, True or a text as well; None stays None."""
    if hasattr(value, "_data"):
        value = copy(value)
        value._data = np.zeros_like(value._data)
        return value
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    return None if value is None else type(value)()


def ones(array):
    return np.ones_like(array)


def detached(value):
    return value.detach() if hasattr(value, "_data") else value


def unchanged(value):
    return value


def zeroed(parameter):
    parameter._data[...] = 0


def constant(parameter):
    parameter.requires_grad = False


def a_gradient_of(number):
    """Send a tensor on through an operation whose gradient is this number everywhere."""

    class Through:
        @staticmethod
        def backward(ctx, grad):
            return np.full_like(grad, number)

    def through(value):
        from sinmagia.autograd import Context, Node

        node = Node(Through, Context([True]), (value,))
        return value._wrap(value._data, node) if value.requires_grad else value

    return through


IMPORTS = """

import inspect
from contextlib import nullcontext
from copy import copy
from types import GeneratorType

import numpy as np
"""
PARTS = (put, giving, leaving, taking_ones, what_came_in, the_array_that_came_in,
         leaving_the_block_alone, the_gradient, always_refusing, zero, ones, detached, unchanged,
         zeroed, constant, a_gradient_of)  # fmt: skip
APPENDED = "\n\n".join((IMPORTS, *map(inspect.getsource, PARTS)))
