"""The oracle: torch, in the trusted process. torch is imported when it is first asked."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import ModuleType, TracebackType
from typing import Any

from .cases import Case
from .execution import Outcome, execute
from .operations import Shapes
from .program import Program


class Torch:
    """How torch's objects are read."""

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)  # the arrays are tiny, and results must not depend on the machine
        self.module: ModuleType = torch
        self._tensor, self._dtype = torch.Tensor, torch.dtype

    def array_of(self, value: object) -> object:
        """Give the array of a tensor, or None for anything else."""
        return value.detach().numpy() if isinstance(value, self._tensor) else None

    def dtype_of(self, value: object) -> str | None:
        """Give the name of a dtype, or None for anything else."""
        return str(value).removeprefix("torch.") if isinstance(value, self._dtype) else None

    def place_of(self, _: TracebackType | None) -> tuple[None, None]:
        """Say nothing: where torch raised is nobody's line."""
        return None, None


class OracleError(Exception):
    """A fault of ours: torch could not run a program that it was meant to answer."""


@cache
def torch() -> Torch:
    """Import torch once."""
    return Torch()


def answer(program: Program) -> Outcome:
    """Run a program on torch."""
    outcome = execute(program.source, program.inputs, program.observe, torch())
    if outcome.raised:
        raise OracleError(f"torch raised {outcome.raised}\n{program.script('torch')}")
    return outcome


def settled(case: Case) -> Case:
    """Ask torch what a case expects, unless it already says so."""
    return case if case.expected else replace(case, expected=answer(case.twin or case.program))


@cache
def result_shape(expression: str, shapes: Shapes) -> tuple[int, ...]:
    """Ask torch for the shape of an expression of `x` and `y`."""
    # Not on the meta device, which computes nothing, but whose first use imports for a second.
    operands = (torch().module.zeros(shape) for shape in shapes)
    return tuple(evaluate(expression, dict(zip("xy", operands, strict=False))).shape)


def evaluate(expression: str, tensors: Mapping[str, Any]) -> Any:
    """Let torch compute an expression of tensors."""
    return eval(expression, {"torch": torch().module}, tensors)
