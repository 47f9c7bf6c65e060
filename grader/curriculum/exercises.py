"""What the exercises are: declared here once; their texts are in the catalogues of `course/`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grader.programs.operations import CONVENTIONS, OPERATIONS, Convention, Operation


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
    Stage(4, "mlp", ("nn/functional.py", "nn/modules.py")),
    Stage(5, "training", ("optim.py", "training.py")),
)


@dataclass(frozen=True)
class Exercise:
    """One thing to build and its points; `needs` names the exercises that it builds on.

    It is `core` if the digits network needs it. One that is graded `alone` runs on the student's
    own files only, never with ours in the place of some.
    """

    id: str
    stage: int
    file: str
    symbol: str
    points: int
    anchor: str
    needs: tuple[str, ...] = ()
    core: bool = True
    alone: bool = False

    @property
    def lesson(self) -> str:
        """Where to read: the lesson's file and the section in it."""
        return f"{STAGES[self.stage].lesson}#{self.anchor}"


EXTENSIONS = {"sqrt", "abs", "maximum", "amax", "permute", "cat"}  # operations, both halves


def of_operation(operation: Operation) -> tuple[Exercise, Exercise]:
    """Make the two exercises of a row: the value of the operation, then its derivative."""
    value, derivative = (
        Exercise(f"{operation.name}_{half}", 2, operation.file, f"{operation.symbol}.{half}",
                 points=1, anchor=operation.name, core=operation.name not in EXTENSIONS)
        for half in ("forward", "backward")
    )  # fmt: skip
    return value, replace(derivative, needs=(value.id,))


def of_convention(convention: Convention) -> Exercise:
    """Make the exercise of a convention, which needs the operation itself."""
    name, half = convention.operation.name, convention.half
    base = next(e for e in of_operation(convention.operation) if e.id.endswith(half))
    needs = (base.id, *convention.needs)
    return replace(base, id=convention.id, anchor=f"{name}-{convention.name}", needs=needs,
                   core=False)  # fmt: skip


def backward(name: str, points: int, anchor: str, *needs: str, core: bool = True) -> Exercise:
    """Make an exercise of the function `backward`, which many behaviours share."""
    return Exercise(name, 3, "autograd.py", "backward", points, anchor, needs, core)


EXERCISES = (
    Exercise("first_push", 0, "sensitivity.py", "first_push", 1, "first-push"),
    Exercise("numerical_gradient", 0, "sensitivity.py", "numerical_gradient", 7, "nudge"),
    Exercise("default_step", 0, "sensitivity.py", "default_step", 2, "step", core=False),
    Exercise("tensor_dtype", 1, "tensors.py", "as_array", 2, "dtype"),
    Exercise("requires_grad", 1, "tensors.py", "Tensor._check_floats", 1, "requires-grad"),
    Exercise("tensor_shape", 1, "tensors.py", "Tensor.shape", 1, "shape"),
    Exercise("item", 1, "tensors.py", "Tensor.item", 1, "item"),
    Exercise("item_of_many", 1, "tensors.py", "Tensor.item", 1, "item", ("item",), core=False),
    Exercise("truth", 1, "tensors.py", "Tensor.__bool__", 1, "truth", core=False),
    Exercise("numpy", 1, "tensors.py", "Tensor.numpy", 1, "numpy"),
    Exercise("numpy_of_graph", 1, "tensors.py", "Tensor.numpy", 1, "numpy", ("numpy",), core=False),
    Exercise("detach", 1, "tensors.py", "Tensor.detach", 1, "detach"),
    Exercise("lift", 1, "tensors.py", "Tensor._lift", 1, "lift", ("tensor_dtype",)),
    Exercise("reflected_minus", 1, "tensors.py", "Tensor.__rsub__", 1, "reflected", ("lift",)),
    Exercise("reflected_division", 1, "tensors.py", "Tensor.__rtruediv__", 1, "reflected",
             ("lift",)),
    Exercise("array_on_the_left", 1, "tensors.py", "Tensor.__array_priority__", 1, "array-left",
             ("lift",), core=False),
    Exercise("full", 1, "tensors.py", "full", 1, "full", ("tensor_dtype",)),
    *(exercise for operation in OPERATIONS for exercise in of_operation(operation)),
    *(of_convention(convention) for convention in CONVENTIONS),
    Exercise("record", 3, "autograd.py", "apply", 5, "record"),
    Exercise("no_grad", 3, "autograd.py", "no_grad", 2, "no-grad", ("record",)),
    Exercise("no_grad_after_error", 3, "autograd.py", "no_grad", 1, "no-grad", ("no_grad",),
             core=False),
    Exercise("in_place", 3, "autograd.py", "check_in_place", 2, "in-place", ("no_grad",)),
    Exercise("topological_order", 3, "autograd.py", "topological_order", 4, "order",
             ("record",)),
    Exercise("upstream", 3, "autograd.py", "upstream_of", 3, "upstream"),
    Exercise("backward_of_many", 3, "autograd.py", "upstream_of", 1, "upstream", ("upstream",)),
    Exercise("backward_of_constant", 3, "autograd.py", "upstream_of", 1, "upstream", ("upstream",)),
    backward("chain", 6, "chain", "record", "topological_order", "upstream"),
    backward("shared_node", 5, "shared-node", "chain"),
    backward("diamond", 4, "diamond", "shared_node"),
    backward("skip_path", 3, "diamond", "diamond"),
    Exercise("wide_ladder", 3, "autograd.py", "topological_order", 1, "order", ("diamond",),
             core=False),
    Exercise("deep_chain", 3, "autograd.py", "topological_order", 2, "order", ("chain",),
             core=False),
    Exercise("unbroadcast_new", 3, "autograd.py", "unbroadcast", 3, "broadcast", ("chain",)),
    Exercise("unbroadcast_ones", 3, "autograd.py", "unbroadcast", 3, "broadcast", ("chain",)),
    Exercise("unbroadcast_scalar", 3, "autograd.py", "unbroadcast", 1, "broadcast",
             ("unbroadcast_new",)),
    backward("accumulate", 3, "accumulate", "chain"),
    backward("leaf_only", 1, "leaves", "chain"),
    backward("unused_branch", 2, "leaves", "chain"),
    backward("arrays_of_others", 1, "others", "shared_node", core=False),
    backward("freed_graph", 2, "freed", "chain"),
    backward("retain_graph", 1, "freed", "accumulate"),
    backward("retain_grad", 1, "leaves", "leaf_only", core=False),
    backward("any_graph", 2, "any-graph", "skip_path", "unbroadcast_scalar", "unbroadcast_ones",
             "unused_branch", "arrays_of_others", "retain_graph", "retain_grad", core=False),
    Exercise("mse_loss", 4, "nn/functional.py", "mse_loss", 3, "mse"),
    Exercise("cross_entropy", 4, "nn/functional.py", "cross_entropy", 4, "cross-entropy"),
    Exercise("cross_entropy_extremes", 4, "nn/functional.py", "cross_entropy", 1, "cross-entropy",
             ("cross_entropy",)),
    Exercise("named_parameters", 4, "nn/modules.py", "Module.named_parameters", 3, "modules"),
    Exercise("shared_parameters", 4, "nn/modules.py", "Module.named_parameters", 1, "modules",
             ("named_parameters",), core=False),
    Exercise("zero_grad", 4, "nn/modules.py", "Module.zero_grad", 1, "zero-grad",
             ("named_parameters",)),
    Exercise("load_state_dict", 4, "nn/modules.py", "Module.load_state_dict", 2, "state",
             ("named_parameters",)),
    Exercise("linear_parameters", 4, "nn/modules.py", "Linear.__init__", 3, "parameters"),
    Exercise("linear", 4, "nn/modules.py", "Linear.forward", 3, "linear", ("linear_parameters",)),
    Exercise("sequential", 4, "nn/modules.py", "Sequential.forward", 2, "mlp"),
    Exercise("mlp", 4, "nn/modules.py", "MLP.__init__", 2, "mlp", ("linear", "sequential")),
    Exercise("sgd_step", 5, "optim.py", "SGD.step", 5, "sgd"),
    Exercise("sgd_weight_decay", 5, "optim.py", "SGD.decayed", 2, "weight-decay", ("sgd_step",)),
    Exercise("sgd_momentum", 5, "optim.py", "SGD.velocity", 3, "momentum",
             ("sgd_step", "sgd_weight_decay")),
    Exercise("adam_step", 5, "optim.py", "Adam.step", 5, "adam"),
    Exercise("minibatches", 5, "training.py", "minibatches", 3, "minibatches"),
    Exercise("minibatches_shuffle", 5, "training.py", "minibatches", 2, "minibatches",
             ("minibatches",)),
    Exercise("train_step", 5, "training.py", "train_step", 4, "step"),
    Exercise("train", 5, "training.py", "train", 2, "loop", ("minibatches", "train_step")),
    Exercise("accuracy", 5, "training.py", "accuracy", 1, "accuracy"),
    Exercise("whole_package", 5, "training.py", "train", 3, "whole",
             ("mlp", "mse_loss", "cross_entropy", "sgd_momentum", "adam_step", "train"),
             alone=True),
)  # fmt: skip
EXERCISE: Mapping[str, Exercise] = {exercise.id: exercise for exercise in EXERCISES}


def dependants(exercise: Exercise) -> set[str]:
    """Name the exercises that build on one, directly or not, and so may be lost with it.

    What is graded on the whole package alone builds on all exercises; where it is lost for itself,
    so may be what it needs.
    """
    names = set(exercise.needs) if exercise.alone else {e.id for e in EXERCISES if e.alone}
    found = {exercise.id}
    for other in EXERCISES:  # which come after all that they need
        if found & set(other.needs):
            found.add(other.id)
    return (names | found) - {exercise.id}
