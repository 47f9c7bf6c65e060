"""What the exercises are: declared here once; their texts are in the catalogues of `course/`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grader.programs.operations import OPERATIONS, Operation


@dataclass(frozen=True)
class Stage:
    """A stage of the course: the files students write in it, and the lesson that leads there."""

    number: int
    name: str
    files: tuple[str, ...]

    @property
    def lesson(self) -> str:
        """The lesson's file, of the same name in every language."""
        return f"lessons/{self.number}-{self.name}.md"


STAGES = (
    Stage(0, "sensitivity", ("sensitivity.py",)),
    Stage(1, "tensors", ("tensors.py",)),
    Stage(2, "operations", tuple(dict.fromkeys(operation.file for operation in OPERATIONS))),
    Stage(3, "backward", ("autograd.py",)),
    Stage(4, "mlp", ("nn/modules.py",)),
    Stage(5, "training", ("optim.py",)),
)


@dataclass(frozen=True)
class Exercise:
    """One thing to build and its points; `needs` names the exercises that it builds on."""

    id: str
    stage: int
    file: str
    symbol: str
    points: int
    anchor: str
    needs: tuple[str, ...] = ()
    core: bool = True

    @property
    def lesson(self) -> str:
        """Where to read: the lesson's file and the section in it."""
        return f"{STAGES[self.stage].lesson}#{self.anchor}"


def of_operation(operation: Operation) -> tuple[Exercise, Exercise]:
    """Make the two exercises of a row: the value of the operation, then its derivative."""
    value, derivative = (
        Exercise(f"{operation.name}_{half}", 2, operation.file, f"{operation.symbol}.{half}",
                 points=1, anchor=operation.name)
        for half in ("forward", "backward")
    )  # fmt: skip
    return value, replace(derivative, needs=(value.id,))


EXERCISES = (
    Exercise("numerical_gradient", 0, "sensitivity.py", "numerical_gradient", 9, "nudge"),
    Exercise("tensor_dtype", 1, "tensors.py", "as_array", 2, "dtype"),
    Exercise("tensor_shape", 1, "tensors.py", "Tensor.shape", 1, "shape", ("tensor_dtype",)),
    *(exercise for operation in OPERATIONS for exercise in of_operation(operation)),
    Exercise("chain", 3, "autograd.py", "backward", 8, "chain"),
    Exercise("shared_node", 3, "autograd.py", "backward", 8, "shared-node", ("chain",)),
    Exercise("unbroadcast", 3, "autograd.py", "unbroadcast", 6, "broadcast", ("chain",)),
    Exercise("linear_parameters", 4, "nn/modules.py", "Linear.__init__", 3, "parameters"),
    Exercise("linear", 4, "nn/modules.py", "Linear.forward", 4, "linear", ("linear_parameters",)),
    Exercise("sgd_step", 5, "optim.py", "SGD.step", 5, "sgd"),
)
EXERCISE: Mapping[str, Exercise] = {exercise.id: exercise for exercise in EXERCISES}
