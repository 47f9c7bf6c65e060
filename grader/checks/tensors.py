"""Stage 1: a tensor's values, dtype and shape."""

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check
from grader.programs.program import Program
from grader.programs.strategies import arange, arrays, one_of

NUMBERS = {
    "int": ("1", "2", "0", "-3", "7"),
    "float": ("1.0", "2.5", "0.0", "-0.75", "0.1"),
    "bool": ("True", "False"),
    "mixed": ("1", "2.5", "True"),
    "numpy": ("np.float64(2.5)", "np.float32(2.5)", "np.int64(2)", "np.bool_(True)"),
}
LAYOUTS = ("{}", "[{}]", "[{}, {}]", "[[{}, {}], [{}, {}]]", "[[{}], [{}]]", "({}, {})")
ARGUMENTS = ("", "", "", ", dtype=torch.float64", ", dtype=torch.float32", ", dtype=torch.int64")
SHAPES = ((2, 3), (), (2,), (3, 3), (1,), (1, 3), (2, 3, 4), (0,), (2, 0), (3, 1, 2))


def made(data: str, argument: str = "", **inputs: np.ndarray) -> Case:
    """Make a tensor of `data`, source text; values, shape and dtype are compared."""
    return Case(Program(f"x = torch.tensor({data}{argument})", inputs, ("x", "x.dtype")))


def shaped(array: np.ndarray) -> Case:
    """Ask a tensor for its shape and its number of dimensions."""
    return Case(Program("x = torch.tensor(a)", {"a": array}, ("x.shape", "x.ndim")))


@st.composite
def from_numbers(draw: st.DrawFn) -> Case:
    """Draw Python numbers, alone or in nested lists, and perhaps a dtype."""
    kind = draw(one_of(tuple(NUMBERS)))
    numbers, layout = NUMBERS[kind], draw(one_of(LAYOUTS if kind != "numpy" else LAYOUTS[:1]))
    data = layout.format(*(draw(one_of(numbers)) for _ in range(layout.count("{}"))))
    return made(data, draw(one_of(ARGUMENTS if kind != "numpy" else ARGUMENTS[:1])))


@st.composite
def from_arrays(draw: st.DrawFn) -> Case:
    """Draw an array of any dtype that the course uses, and perhaps another dtype."""
    dtype = draw(one_of(("float64", "float32", "int64", "bool")))
    return made("a", draw(one_of(ARGUMENTS)), a=draw(arrays(draw(one_of(SHAPES)), dtype)))


COPIED = Case(Program("b = a.copy()\nx = torch.tensor(b)\nb += 1", {"a": np.ones(2)}, ("x",)))

CHECKS = (
    Check(
        "tensor_dtype",
        "Python floats become float32, ints int64, bools bool; a dtype that is given wins.",
        from_numbers(),
        (made("1.5"), made("[1, 2]"), made("True"), made("[1, 2.5]"), made("[]")),
    ),
    Check(
        "tensor_dtype",
        "An array keeps its own dtype, and so does a NumPy number.",
        from_arrays(),
        (
            made("np.float64(2.5)"),
            made("np.int64(2)"),
            COPIED,
            made("a", a=np.ones(2)),
            made("a", a=np.ones(2, "float32")),
            made("a", a=np.array(3)),
        ),
    ),
    Check(
        "tensor_shape",
        "The length of every dimension, as a tuple.",
        one_of(SHAPES).flatmap(arrays).map(shaped),
        tuple(shaped(arange(shape)) for shape in SHAPES),
    ),
)
