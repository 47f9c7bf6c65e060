"""A program: source text in torch's names, with named inputs and the expressions to observe."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Program:
    """It runs unchanged on torch and on the student's package, and is shown in feedback."""

    source: str
    inputs: Mapping[str, np.ndarray] = field(default_factory=dict)
    observe: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        arrays = {name: np.asarray(value) for name, value in self.inputs.items()}
        object.__setattr__(self, "inputs", arrays)  # NumPy turns 0-d results into scalars

    @property
    def digest(self) -> str:
        """Tell programs apart: equal source, inputs and observations give equal digests."""
        hasher = hashlib.sha256(repr((self.source, self.observe)).encode())
        for name, array in sorted(self.inputs.items()):
            hasher.update(repr((name, array.dtype.name, array.shape)).encode() + array.tobytes())
        return hasher.hexdigest()

    @property
    def size(self) -> int:
        """Order programs from simple to complex: a line weighs four values; no values come last."""
        values = sum(array.size or 1000 for array in self.inputs.values())
        return values + 4 * len(self.source.splitlines())

    def script(self, module: str, observe: tuple[str, ...] | None = None) -> str:
        """Write it out to be pasted into Python: imports, inputs, source, and prints."""
        headers = [f"import {module} as torch  # or: import torch"]
        if module == "torch":
            headers = ["import torch"]
        elif "sinmagia." in self.source:
            headers = [f"import {module}", f"import {module} as torch"]
        code = [f"{name} = {literal(array)}" for name, array in self.inputs.items()]
        code += self.source.strip().splitlines()
        code += [f"print({expression})" for expression in observe or self.observe]
        lines = ["import numpy as np", *headers, ""]
        for line in code:
            clause = line.startswith(("else:", "except", "finally:"))
            if lines[-1].startswith(" ") and not line.startswith(" ") and not clause:
                lines += [""]  # which ends a block where Python is typed into
            lines += [line]
        return "\n".join(lines)


def literal(array: np.ndarray) -> str:
    """Write an array as the Python that makes it again, exactly."""
    if array.size == 0:
        return f"np.zeros({array.shape}, dtype={array.dtype.name!r})"
    return f"np.array({array.tolist()!r}, dtype={array.dtype.name!r})"
