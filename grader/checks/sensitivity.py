"""Stage 0: the numerical gradient, held against torch's own gradient of the same function."""

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check, literal
from grader.programs.program import Program
from grader.programs.strategies import arange, arrays, one_of

# On polynomials of degree two the central difference has no error, whatever the step.
QUADRATICS = (
    "(x * x).sum()",
    "(3 * x).sum()",
    "x.sum() * x.sum()",
    "(x * x).sum() + 2 * x.sum()",
)
SMOOTH = ("(x * x * x).sum()", "(1 / (1 + x * x)).sum()", "x.sum() * x.sum() * x.sum()")
SHAPES = ((1,), (2,), (), (3,), (2, 2), (2, 3), (0,))


def gradient(function: str, point: np.ndarray, argument: str, tolerance: float) -> Case:
    """Ask for the numerical gradient of `function` at `point`; torch answers with autograd."""
    source = f"f = lambda x: {function}\n"
    return Case(
        Program(f"{source}g = sinmagia.numerical_gradient(f, a{argument})", {"a": point}, ("g",)),
        twin=Program(
            f"{source}x = torch.tensor(a, requires_grad=True)\nf(x).backward()\ng = x.grad.numpy()",
            {"a": point},
            ("g",),
        ),
        tolerance=tolerance,
    )


@st.composite
def exact(draw: st.DrawFn) -> Case:
    """Draw a polynomial of degree two, a point and a large step."""
    point = draw(arrays(draw(one_of(SHAPES))))
    argument = draw(one_of((", h=0.5", ", h=0.25", ", h=0.125")))
    return gradient(draw(one_of(QUADRATICS)), point, argument, tolerance=1e-9)


@st.composite
def approximate(draw: st.DrawFn) -> Case:
    """Draw a smooth function and a point; the step is the function's default."""
    point = draw(arrays(draw(one_of(SHAPES))))
    return gradient(draw(one_of(SMOOTH)), point, "", tolerance=1e-4)


def step(dtype: str) -> Case:
    """Ask for the default step of a type."""
    source = f"h = sinmagia.sensitivity.default_step(np.dtype({dtype!r}))"
    balanced = float(np.finfo(dtype).eps) ** (1 / 3)
    program = Program(f"{source}\nratio = float(h) / {balanced!r}", {}, ("ratio",))
    return literal(program, 1.0, tolerance=1e-3)


FIRST_PUSH = literal(Program("d = 8 + 0.1 * sinmagia.sensitivity.first_push()", {}, ("d",)), 8.4)

CHECKS = (
    Check(
        "first_push",
        "The slope of d = a*b + a with respect to a, at a = 2 and b = 3.",
        st.just(FIRST_PUSH),
    ),
    Check(
        "default_step",
        "The cube root of the machine epsilon of the type.",
        one_of(("float64", "float32")).map(step),
        (step("float64"), step("float32")),
    ),
    Check(
        "numerical_gradient",
        "Central differences: exact on polynomials of degree two, for any step and shape.",
        exact(),
        (
            gradient("(x * x).sum()", np.array([3.0]), ", h=0.5", 1e-9),
            gradient("x.sum() * x.sum()", arange((2, 2)), ", h=0.5", 1e-9),
            gradient("(3 * x).sum()", np.array(2.0), ", h=0.5", 1e-9),
        ),
    ),
    Check(
        "numerical_gradient",
        "With the default step, close to the gradient of any smooth function.",
        approximate(),
    ),
)
