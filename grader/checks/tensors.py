"""Stage 1: a tensor's values, dtype and shape."""

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check, allowed, refused
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
    choices, layout = NUMBERS[kind], draw(one_of(LAYOUTS if kind != "numpy" else LAYOUTS[:1]))
    data = layout.format(*(draw(one_of(choices)) for _ in range(layout.count("{}"))))
    return made(data, draw(one_of(ARGUMENTS if kind != "numpy" else ARGUMENTS[:1])))


@st.composite
def from_arrays(draw: st.DrawFn) -> Case:
    """Draw an array of any dtype that the course uses, and perhaps another dtype."""
    dtype = draw(one_of(("float64", "float32", "int64", "bool")))
    return made("a", draw(one_of(ARGUMENTS)), a=draw(arrays(draw(one_of(SHAPES)), dtype)))


SINGLE = ((), (1,), (1, 1), (1, 1, 1))
MANY = ((2,), (0,), (2, 2), (1, 3))
GRAPH = "x = torch.tensor(a, requires_grad=True)\n"
COPIED = Case(Program("b = a.copy()\nx = torch.tensor(b)\nb += 1", {"a": np.ones(2)}, ("x",)))


def asked(source: str, *observe: str, twin: str | None = None, **inputs: np.ndarray) -> Case:
    """Observe a program; `twin` says it in torch's own words where they differ."""
    return Case(Program(source, inputs, observe),
                twin=None if twin is None else Program(twin, inputs, observe))  # fmt: skip


def with_number(expression: str, array: np.ndarray) -> Case:
    """Join a tensor `x` and a number; value and dtype are compared."""
    return asked(f"x = torch.tensor(a)\ny = {expression}", "y", "y.dtype", a=array)


def passing_back(expression: str) -> Case:
    """Send a gradient back through an expression of `x` and, perhaps, of another tensor `y`."""
    source = (
        "x = torch.tensor(a, requires_grad=True)\ny = torch.tensor(b, requires_grad=True)\n"
        f"({expression}).backward(torch.tensor(upstream))"
    )
    return asked(source, "x.grad", "y.grad", a=arange((2,)), b=arange((2,)) + 3,
                 upstream=arange((2,)) + 1)  # fmt: skip


def array_first(sign: str, array: np.ndarray, other: np.ndarray) -> Case:
    """Join an array and a tensor, the array on the left."""
    return asked(f"y = b {sign} torch.tensor(a)", "y", a=array, b=other,
                 twin=f"y = torch.tensor(b) {sign} torch.tensor(a)")  # fmt: skip


def numbers(expressions: tuple[str, ...], *dtypes: str) -> st.SearchStrategy[Case]:
    """Draw one of the expressions, and a tensor of one of the types."""
    return st.tuples(one_of(expressions), one_of(dtypes), one_of(SHAPES)).flatmap(
        lambda drawn: nonzero(drawn[2], drawn[1]).map(lambda array: with_number(drawn[0], array))
    )


def nonzero(shape: tuple[int, ...], dtype: str) -> st.SearchStrategy[np.ndarray]:
    """Draw an array without zeros, which may be divided by."""
    return (
        arrays(shape, "float64")
        .map(lambda array: (array + (array == 0)).astype(dtype))
        .map(lambda array: np.where(array == 0, np.ones_like(array), array))
    )


LIFTED = (
    "x + 1",
    "x * 2.5",
    "x + 0.1",
    "x * 0.3",
    "x - 2",
    "x / 4",
    "x + True",
    "2.5 * x",
    "3 + x",
)
MINUS = ("1 - x", "2.5 - x", "-3 - x", "0.1 - x")
DIVISION = ("2 / x", "1.5 / x", "-4 / x", "0.1 / x")

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
        "requires_grad",
        "Only floats may require a gradient.",
        one_of(("1", "[1, 2]", "True", "[[0, 3]]")).map(
            lambda data: refused(Program(f"torch.tensor({data}, requires_grad=True)"))
        ),
        (
            refused(Program("torch.tensor([1, 2], requires_grad=True)")),
            refused(Program("torch.tensor(True).requires_grad_()")),
            asked("x = torch.tensor(a, requires_grad=True)", "x.requires_grad", a=arange((2,))),
            asked("x = torch.tensor([1, 2])", "x.requires_grad"),
        ),
    ),
    Check(
        "tensor_shape",
        "The length of every dimension, as a tuple.",
        one_of(SHAPES).flatmap(arrays).map(shaped),
        tuple(shaped(arange(shape)) for shape in SHAPES),
    ),
    Check(
        "item",
        "The only value, as a Python number.",
        st.tuples(one_of(SINGLE), one_of(("float64", "float32", "int64", "bool"))).flatmap(
            lambda drawn: arrays(*drawn).map(
                lambda a: asked("v = torch.tensor(a).item()", "v", a=a))
        ),
        tuple(asked("v = torch.tensor(a).item()", "v", a=2 * np.ones(s, t))
              for s in SINGLE for t in ("float64", "int64")),
    ),
    Check(
        "item_of_many",
        "Several values, or none, have no item.",
        one_of(MANY).flatmap(arrays).map(
            lambda a: refused(Program("torch.tensor(a).item()", {"a": a}))),
        (
            *(refused(Program("torch.tensor(a).item()", {"a": arange(s)})) for s in MANY),
            *(allowed(Program("torch.tensor(a).item()", {"a": np.ones(s)})) for s in SINGLE),
        ),
    ),
    Check(
        "truth",
        "A single value is true unless it is zero; several are neither.",
        one_of(SINGLE).flatmap(arrays).map(lambda a: asked("t = bool(torch.tensor(a))", "t", a=a)),
        (
            asked("t = bool(torch.tensor(a))", "t", a=np.array(0.0)),
            asked("t = bool(torch.tensor(a))", "t", a=np.array([[2]])),
            *(refused(Program("bool(torch.tensor(a))", {"a": arange(s)})) for s in MANY),
        ),
    ),
    Check(
        "numpy",
        "The array itself, as NumPy knows it.",
        one_of(SHAPES).flatmap(arrays).map(
            lambda a: asked("v = torch.tensor(a).numpy()", "v", a=a)),
        (
            asked("x = torch.tensor(a.copy())\nv = x.numpy()\nv[...] = 7", "x", "v",
                  a=arange((2, 2))),
            asked("v = torch.tensor(a).numpy()", "v", a=np.array([1, 2])),
        ),
    ),
    Check(
        "numpy_of_graph",
        "A tensor that requires a gradient does not leave the graph in silence.",
        one_of(SHAPES).flatmap(arrays).map(
            lambda a: refused(Program(f"{GRAPH}x.numpy()", {"a": a}))),
        (
            refused(Program(f"{GRAPH}(x * x).numpy()", {"a": arange((2,))})),
            allowed(Program("torch.tensor(a).numpy()", {"a": arange((2,))})),
        ),
    ),
    Check(
        "detach",
        "The same values, not a copy, and nothing of the graph.",
        one_of(SHAPES).flatmap(arrays).map(
            lambda a: asked(f"{GRAPH}d = (x * x).detach()", "d", "d.requires_grad", a=a)),
        (
            asked("x = torch.tensor(a.copy(), requires_grad=True)\nd = x.detach()\nd -= 1.0",
                  "d", "x.detach()", a=arange((2, 2))),
            asked(f"{GRAPH}(x * x.detach()).sum().backward()", "x.grad", a=arange((2,)) + 1),
        ),
    ),
    Check(
        "lift",
        "A number takes the tensor's type if that can hold it; an array keeps its own.",
        numbers(LIFTED, "float32", "float64", "int64"),
        (
            *(with_number(e, np.array([1, 2], t)) for e in LIFTED for t in ("float32", "int64")),
            with_number("x * np.float64(0.5)", np.ones(2, "float32")),
            passing_back("x * y"),
            passing_back("x * 2.5"),
            asked("y = torch.tensor(a) * b", "y", a=arange((2,)), b=arange((2, 2)),
                  twin="y = torch.tensor(a) * torch.tensor(b)"),
        ),
    ),
    Check(
        "reflected_minus",
        "A number minus a tensor.",
        numbers(MINUS, "float32", "float64"),
        (*(with_number(expression, arange((2,))) for expression in MINUS), passing_back("1 - x")),
    ),
    Check(
        "reflected_division",
        "A number divided by a tensor.",
        numbers(DIVISION, "float32", "float64"),
        (*(with_number(expression, arange((2,))) for expression in DIVISION),
         passing_back("2 / x")),
    ),
    Check(
        "array_on_the_left",
        "An array on the left of a tensor gives one tensor.",
        st.tuples(one_of(("+", "*")), nonzero((2, 2), "float64"), arrays((2, 2))).map(
            lambda drawn: array_first(*drawn)),
        (
            array_first("*", arange((2,)), arange((2, 2))),
            array_first("+", arange(()), arange((2,))),
        ),
    ),
    Check(
        "full",
        "One value everywhere, in the shape and of the type that were asked for.",
        st.tuples(one_of(SHAPES), one_of(("1.5", "2", "True", "0.0", "-1")), one_of(ARGUMENTS)).map(
            lambda drawn: asked(f"x = torch.full({drawn[0]}, {drawn[1]}{drawn[2]})", "x", "x.dtype")
        ),
        (
            asked("x = torch.full((2, 3), 1.5)", "x"),
            asked("x = torch.full((2,), 3)", "x"),
            asked("x = torch.full((), 2.0, requires_grad=True)", "x", "x.requires_grad"),
        ),
    ),
)  # fmt: skip
