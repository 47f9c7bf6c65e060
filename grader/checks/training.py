"""Stage 5: optimisers, followed over several steps and parameters."""

import numpy as np
from hypothesis import strategies as st

from grader.programs.cases import Case, Check
from grader.programs.program import Program
from grader.programs.strategies import arange, arrays, one_of

RATES = ("0.5", "0.1", "0.25", "0.01")
SHAPES = ((1,), (), (2,), (2, 2))


def descent(w: np.ndarray, v: np.ndarray, rate: str, steps: int) -> Case:
    """Take steps with two parameters; a third has no gradient and stays where it is."""
    source = (
        "w = torch.tensor(a, requires_grad=True)\n"
        "v = torch.tensor(b, requires_grad=True)\n"
        "u = torch.tensor(a, requires_grad=True)\n"
        f"optimizer = torch.optim.SGD([u, w, v], lr={rate})\n"
        f"for step in range({steps}):\n"
        "    optimizer.zero_grad()\n"
        "    (w * w).sum().backward()\n"
        "    (v * 3.0).sum().backward()\n"
        "    optimizer.step()"
    )
    return Case(Program(source, {"a": w, "b": v}, ("w", "v", "u", "w.grad", "v.grad", "u.grad")))


@st.composite
def descents(draw: st.DrawFn) -> Case:
    """Draw the parameters, the learning rate and the number of steps."""
    w, v = (draw(arrays(draw(one_of(SHAPES)))) for _ in range(2))
    return descent(w, v, draw(one_of(RATES)), draw(one_of((1, 2, 3, 4))))


CHECKS = (
    Check(
        "sgd_step",
        "Every parameter that has a gradient takes a step against it, in place.",
        descents(),
        (
            descent(np.array([1.0]), np.array([1.0]), "0.5", 1),
            descent(arange((2, 2)), arange((3,)), "0.1", 3),
            descent(arange((2,)).astype("float32"), arange((3,)), "0.5", 2),
        ),
    ),
)
