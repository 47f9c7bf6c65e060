"""Coverage of the domain: what the cases of an exercise reach, so that a hole is seen.

What a program does is seen from torch, which runs it once more: every call that takes tensors and
gives one is noted. Programs that torch cannot run are judged by their inputs alone.
"""

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import Any

import numpy as np

from grader.programs.cases import Case
from grader.programs.execution import Outcome, execute
from grader.programs.oracle import torch
from grader.programs.strategies import Shape

LARGE, TINY = 1e3, 1e-3

# In the order of the report: sizes, types, values, and what the program does with them.
FEATURES = (
    "rank_0", "rank_1", "rank_2", "rank_3", "length_1", "empty", "float64", "float32", "integer",
    "negative", "zero", "ties", "large", "tiny", "same_shape", "new_dimension", "stretched",
    "scalar", "reuse", "walks", "error",
)  # fmt: skip


@dataclass
class Reach:
    """How many of an exercise's cases have each feature, and the longest way through a graph."""

    cases: int = 0
    features: Counter[str] = field(default_factory=Counter)
    depth: int = 0


def reach(cases: Iterable[Case]) -> Reach:
    """Say what the cases of an exercise reach."""
    found = Reach()
    for case in cases:
        features, depth = features_of(case)
        found.cases += 1
        found.features.update(features)
        found.depth = max(found.depth, depth)
    return found


def features_of(case: Case) -> tuple[set[str], int]:
    """Give the features of one case, and the longest way through its graph."""
    features = set[str]().union(*map(of_array, case.program.inputs.values()))
    if isinstance(case.expected, Outcome) and case.expected.raised:
        features.add("error")
    program = case.twin or case.program
    if "sinmagia." in program.source:
        return features, 0
    calls, walks = calls_of(program.source, program.inputs)
    used: Counter[int] = Counter()
    depths: dict[int, int] = {}
    for call in calls:
        shapes = [tuple(operand.shape) for operand in call.operands]
        features.update(*(of_pair(*pair, tuple(call.result.shape))
                          for pair in combinations(shapes, 2)))  # fmt: skip
        if call.result.requires_grad:  # it is part of the graph
            used.update(id(operand) for operand in call.operands)
            below = max(depths.get(id(operand), 0) for operand in call.operands)
            depths[id(call.result)] = below + 1
    if any(times > 1 for times in used.values()):
        features.add("reuse")
    if walks > 1:
        features.add("walks")
    return features, max(depths.values(), default=0)


def of_array(array: np.ndarray) -> set[str]:
    """Give the features of an input."""
    numbers = array.astype(float)
    has: dict[str, bool | np.bool] = {
        f"rank_{min(array.ndim, 3)}": True,
        "length_1": 1 in array.shape,
        "empty": array.size == 0,
        "integer": array.dtype.kind in "iub",
        "float64": array.dtype == np.float64,
        "float32": array.dtype == np.float32,
        "negative": (numbers < 0).any(),
        "zero": (numbers == 0).any(),
        "ties": len(np.unique(numbers)) < array.size,
        "large": (np.abs(numbers) >= LARGE).any(),
        "tiny": ((numbers != 0) & (np.abs(numbers) <= TINY)).any(),
    }
    return {name for name, here in has.items() if here}


def of_pair(one: Shape, other: Shape, result: Shape) -> set[str]:
    """Say how two operands are broadcast; nothing where their result is of another kind."""
    try:
        if np.broadcast_shapes(one, other) != result:
            return set()
    except ValueError:  # a matrix product's, say
        return set()
    if one == other:
        return {"same_shape"}
    if () in (one, other):
        return {"scalar"}
    aligned = zip(one[::-1], other[::-1], strict=False)
    stretched = any(1 in pair and pair != (1, 1) for pair in aligned)
    return {*["stretched"] * stretched, *["new_dimension"] * (len(one) != len(other))}


@dataclass(frozen=True)
class Call:
    """A call that made a tensor from tensors; both are kept, so that none is taken for another."""

    operands: tuple[Any, ...]
    result: Any


def calls_of(source: str, inputs: Mapping[str, np.ndarray]) -> tuple[list[Call], int]:
    """Run a program on torch; note every call that makes a tensor from tensors, and count walks.

    What changes a tensor in place makes none.
    """
    from torch.overrides import TorchFunctionMode

    tensor = torch().module.Tensor
    calls: list[Call] = []
    walks = 0

    class Noting(TorchFunctionMode):
        def __torch_function__(
            self, function: Any, _: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            nonlocal walks
            walks += function.__name__ == "backward"
            result = function(*args, **(kwargs or {}))
            parts = chain.from_iterable(a if isinstance(a, (list, tuple)) else [a] for a in args)
            operands = tuple(part for part in parts if isinstance(part, tensor))
            made = isinstance(result, tensor) and all(result is not one for one in operands)
            if operands and made and function.__name__ != "__get__":
                calls.append(Call(operands, result))
            return result

    with Noting(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, of a program that looks where no gradient is
        execute(source, inputs, (), torch())
    return calls, walks
