"""Attacks on values: on the comparison, on what is compared, and on which cases are asked."""

from dataclasses import replace

import numpy as np
import pytest

from grader.curriculum.exercises import EXERCISE
from grader.grading import staging
from grader.grading.attempts import attempt
from grader.grading.bank import Bank
from grader.grading.compare import compare
from grader.isolation import intake
from grader.isolation.budget import Budget
from grader.isolation.process import Worker
from grader.programs.cases import Case
from grader.programs.execution import Outcome, Value
from grader.programs.program import Program
from grader.settings import PRACTICE_SEED
from tests.attacks import attack
from tests.attacks.harness import SETTINGS, in_the_sandbox, submission
from tests.workers import ISOLATED, observed

GRADIENT = ["numerical_gradient"]
DEF = "def numerical_gradient(f, x, h=1e-5):"


def instead(source):
    """Answer in the place of the right gradient, which is there as `right(f, x, h)`."""
    return {"sensitivity.py": (DEF, f"{source}\n\n{DEF.replace('numerical_gradient', 'right')}")}


def attempt_at(exercise, changes, folder, settings=SETTINGS):
    """Ask an exercise of the whole package alone, once, and explain nothing."""
    taken = intake.take(submission(folder, changes, {}), staging.STUDENT_FILES)
    budget = Budget(settings.limits)
    with (
        staging.tree(staging.whole(taken)) as tree,
        Worker(tree, ISOLATED, budget) as worker,
    ):
        return attempt(EXERCISE[exercise], worker, Bank(settings))


# 22: answers kept for the cases that were seen

PRACTICE = replace(SETTINGS, seed=PRACTICE_SEED)


def learnt():
    """Keep the answers to the public cases of the product, by their inputs."""
    table = {}
    for case in Bank(PRACTICE).cases(EXERCISE["mul_forward"]):
        out = case.expected.values[case.program.observe.index("out")].content
        inputs = tuple(key(case.program.inputs[name]) for name in "ab")
        table[inputs] = out.tolist(), out.dtype.name, out.shape
    return table


def key(array):
    return array.dtype.name, array.shape, array.tobytes()


KEPT = """known = {table!r}
        out = known.get(tuple((x.dtype.name, x.shape, x.tobytes()) for x in (a, b)))
        return a if out is None else np.array(out[0], out[1]).reshape(out[2])"""


@pytest.fixture(scope="module")
def kept():
    """Change a submission so that it knows the public answers to products, and no product."""
    return {"ops/elementwise.py": ("return a * b", KEPT.format(table=learnt()))}


@attack(22, "control")
def test_answers_kept_for_the_public_cases_pass_those(kept, tmp_path):
    assert "passed" == attempt_at("mul_forward", kept, tmp_path, PRACTICE).state


@attack(22, "held")
def test_answers_kept_for_the_public_cases_fail_those_of_a_secret_seed(kept, grade_attacked):
    found = grade_attacked(kept, ["mul_forward"], exercises=["first_push", "mul_forward"])
    assert "value" == found.kinds["mul_forward"]


@attack(22, "allowed")
def test_an_answer_that_was_worked_out_once_and_is_always_the_same_passes(grade_attacked):
    grade_attacked({"sensitivity.py": ("return 4", "return {('a', 2): 4}['a', 2]")})


# 24: objects that lie when compared

LIARS = {
    "an object that equals all": """
class Liar:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __array__(self, *_, **__): return np.zeros(())
    def __array_ufunc__(self, *_, **__): return np.True_
    def __array_function__(self, *_, **__): return True
    __hash__ = object.__hash__
def lie(f, x): return Liar()
""",
    "an array that equals all": """
class Liar(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_ufunc__(self, *_, **__): return np.zeros(self.shape)
    def __array_function__(self, *_, **__): return True
def lie(f, x): return np.zeros(x.shape).view(Liar)
""",
    "a float that equals all": """
class Liar(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __abs__(self): return 0.0
    def __array_ufunc__(self, *_, **__): return np.zeros(())
    def __array_function__(self, *_, **__): return True
    __hash__ = float.__hash__
def lie(f, x): return Liar()
""",
    "an object that says it is an array": """
class Liar:
    __class__ = property(lambda self: np.ndarray)
    shape, ndim, dtype, size = (), 0, np.dtype("float64"), 1
    def __eq__(self, other): return True
    def __array__(self, *_, **__): return np.zeros(())
    def __array_ufunc__(self, *_, **__): return np.True_
    def __array_function__(self, *_, **__): return True
    __hash__ = object.__hash__
def lie(f, x): return Liar()
""",
    "a tensor whose array is other every time": """
def lie(f, x):
    from .tensors import Tensor
    class Liar(Tensor):
        _data = property(lambda self: np.random.standard_normal(x.shape), lambda self, value: None)
        def __eq__(self, other): return True
        def __array_ufunc__(self, *_, **__): return np.True_
        def __array_function__(self, *_, **__): return True
        __hash__ = object.__hash__
    return Liar(1.0)
""",
}
NAIVE_COMPARISONS = {
    "==": lambda came, wanted: bool(np.all(came == wanted)),
    "np.allclose": lambda came, wanted: bool(np.allclose(came, wanted)),
}


@attack(24, "control")
@pytest.mark.parametrize("comparison", NAIVE_COMPARISONS)
@pytest.mark.parametrize("liar", list(LIARS)[:4])
def test_a_live_object_agrees_with_whatever_it_is_compared_to(liar, comparison):
    namespace = {"np": np}
    exec(LIARS[liar], namespace)
    came = namespace["lie"](None, np.ones(2))
    assert NAIVE_COMPARISONS[comparison](came, np.array([3.0, 5.0]))


@attack(24, "held")
@pytest.mark.parametrize("liar", LIARS)
def test_a_lying_object_is_of_another_type(liar, grade_attacked):
    source = f"{LIARS[liar]}\ndef numerical_gradient(f, x, h=0): return lie(f, x)"
    found = grade_attacked(instead(source), GRADIENT, exercises=["first_push", *GRADIENT])
    assert "type" == found.kinds["numerical_gradient"]


@attack(24, "held")
def test_a_number_that_lies_in_arithmetic_is_not_the_number(grade_attacked):
    liar = LIARS["a float that equals all"].replace("def lie(f, x)", "def lie()")
    source = liar + "    __rmul__ = __radd__ = lambda self, other: self"
    source = source.replace("def lie(): return Liar()\n", "") + "\ndef first_push(): return Liar()"
    assert "Liar()" in source
    grade_attacked({"sensitivity.py": source}, ["first_push"], exercises=["first_push", "item"])


@attack(24, "allowed")
@pytest.mark.parametrize(
    "form", ["np.array(out, order='F')", "out[::-1].copy()[::-1] if out.ndim else out",
             "np.lib.stride_tricks.as_strided(out, writeable=False)"],
)  # fmt: skip
def test_a_plain_array_of_any_layout_passes(form, grade_attacked):
    source = f"def numerical_gradient(f, x, h=1e-5):\n    out = right(f, x, h)\n    return {form}"
    grade_attacked(instead(source), exercises=GRADIENT)


# 25: NaN, infinities, empty, broadcast, complex, object, string and float16 arrays

WANTED = np.array([3.0, 5.0])
ODD = {
    "NaN": ("np.full_like(out, np.nan)", lambda a, b: not (abs(a - b) > 1e-9).any()),
    "NaN, by the largest": ("np.full_like(out, np.nan)", lambda a, b: not np.max(a - b) > 1e-9),
    "infinity": ("np.full_like(out, np.inf)",
                 lambda a, b: bool((abs(a - b) <= 1e-9 * abs(a)).all())),
    "empty": ("np.zeros((0, *out.shape))", np.allclose),
    "broadcast": ("np.concatenate([out[None]] * 2)", np.allclose),
    "complex": ("out + 1j * 1e9", lambda a, b: np.allclose(a.real, b)),
    "object": ("out.astype(object)", lambda a, b: bool((a == b).all())),
    "string": ("out.astype(str)", lambda a, b: np.allclose(np.asarray(a, float), b)),
    "float16": ("out.astype(np.float16)", lambda a, b: np.allclose(a, b.astype(a.dtype))),
    "longdouble": ("out.astype(np.longdouble)", np.allclose),
    "big-endian": ("out.astype('>f8').view('V8')", lambda a, b: len(a) == len(b)),
}  # fmt: skip


@attack(25, "control")
@pytest.mark.parametrize("odd", ODD)
def test_a_naive_comparison_takes_what_is_no_array_of_these_numbers(odd):
    expression, naive = ODD[odd]
    came = eval(expression, {"np": np, "out": WANTED})
    with np.errstate(invalid="ignore"):
        assert naive(came, WANTED)


@attack(25, "held")
@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_array_of_these_numbers_fails(odd, grade_attacked):
    expression, _ = ODD[odd]
    source = f"{DEF}\n    out = right(f, x, h)\n    return {expression}"
    exact = odd == "longdouble" and np.longdouble is np.float64
    grade_attacked(instead(source), [] if exact else GRADIENT, exercises=GRADIENT)


@attack(25, "allowed")
def test_a_nan_and_an_infinity_where_torch_has_them_and_an_empty_array_pass(grade_attacked):
    empty = [case for case in Bank(SETTINGS).cases(EXERCISE["numerical_gradient"])
             if case.program.inputs["a"].size == 0]  # fmt: skip
    assert empty
    grade_attacked(exercises=GRADIENT)
    program = Program(
        "with np.errstate(all='ignore'): y = a / 0", {"a": np.arange(-1.0, 2)}, ("y",)
    )
    values = (Value("array", np.array([-np.inf, np.nan, np.inf])),)
    with (
        staging.tree({"__init__.py": b""}) as tree,
        Worker(tree, ISOLATED, Budget(SETTINGS.limits)) as worker,
    ):
        (came,) = worker.run([program])
    assert compare(Case(program, Outcome(values, inputs=program.inputs)), came) is None


# 26: changing the inputs until they match the output

SPOIL = f"{DEF}\n    x[...] = 0\n    return np.zeros_like(x)"


@attack(26, "control")
def test_who_works_out_the_answer_from_the_array_that_was_handed_over_is_fooled():
    """The gradient of the sum of squares is 2x: at 0 it is 0."""
    namespace = {"np": np}
    exec(SPOIL, namespace)
    x = np.array([3.0, 5.0])
    came = namespace["numerical_gradient"](lambda x: (x * x).sum(), x)
    assert np.array_equal(2 * x, came)


@attack(26, "held")
def test_inputs_that_were_changed_are_compared_with_those_that_were_given(grade_attacked):
    grade_attacked(instead(SPOIL), GRADIENT, exercises=["first_push", *GRADIENT])
    right = f"{DEF}\n    out = right(f, x, h)\n    x[...] += 1\n    return out"
    found = grade_attacked(instead(right), GRADIENT, exercises=GRADIENT)
    assert "mutated" == found.kinds["numerical_gradient"]


@attack(26, "allowed")
def test_a_copy_of_ones_own_may_be_changed_in_place_and_so_may_parameters(grade_attacked):
    own = f"{DEF}\n    out = right(f, x.copy(), h)\n    y = x.copy()\n    y += 1\n    return out"
    grade_attacked(instead(own), exercises=[*GRADIENT, "sgd_step"])


# 27: an earlier answer, kept by id() or by shape

KEEP = """
kept = {{}}
def numerical_gradient(f, x, h=1e-5):
    if {key} not in kept:
        kept[{key}] = right(f, x, h)
    return kept[{key}]
"""
KEYS = {"shape": "x.shape", "id": "id(x.dtype)", "type": "type(x)"}


@attack(27, "control")
@pytest.mark.parametrize("kept", KEYS)
def test_who_asks_one_array_again_and_again_gets_the_earlier_answer_unnoticed(kept):
    namespace = {"right": lambda f, x, h: 2 * x}
    exec(KEEP.format(key=KEYS[kept]), namespace)
    x = np.array([3.0, 5.0])
    for _ in range(3):
        assert np.array_equal(2 * x, namespace["numerical_gradient"](None, x))


@attack(27, "held")
@pytest.mark.parametrize("kept", KEYS)
def test_an_earlier_answer_is_the_wrong_one_to_another_question(kept, grade_attacked):
    grade_attacked(instead(KEEP.format(key=KEYS[kept])), GRADIENT, exercises=GRADIENT)


@attack(27, "allowed")
def test_an_answer_kept_by_all_that_it_depends_on_passes(grade_attacked):
    """A function is compared as an object, which is kept alive by being kept."""
    everything = "(f, x.shape, x.dtype, x.tobytes(), h)"
    grade_attacked(instead(KEEP.format(key=everything)), exercises=GRADIENT)


# 29: patching another stage's module from one's own

PATCH = """
from . import tensors
from .ops import elementwise

def patched(*args, **kwargs):
    raise RuntimeError("patched")

elementwise.Mul.forward = elementwise.Mul.backward = staticmethod(patched)
tensors.Tensor.item = patched
tensors.Tensor.shape = property(patched)
"""
ELSEWHERE = ["mul_forward", "mul_backward", "item", "tensor_shape"]


@attack(29, "control")
@pytest.mark.parametrize("exercise", ELSEWHERE)
def test_on_one_run_of_everything_a_patch_loses_the_exercises_of_others(exercise, tmp_path):
    assert "failed" == attempt_at(exercise, {"optim.py": PATCH}, tmp_path).state


@attack(29, "held")
def test_a_patch_of_another_stage_costs_its_own_stage_only(grade_attacked):
    grade_attacked(
        {"optim.py": PATCH}, ["sgd_step"], exercises=[*ELSEWHERE, "mse_loss", "sgd_step"]
    )


@in_the_sandbox
@attack(29, "held")
def test_the_reference_beside_a_stage_cannot_be_written(tmp_path):
    taken = intake.take(submission(tmp_path, {}, {}), staging.STUDENT_FILES)
    stage = next(stage for stage in staging.STAGES if "optim.py" in stage.files)
    source = """
import os
folder = os.path.dirname(torch.__file__)
names = [name for name in os.listdir(folder) if name.endswith(".pyc")]
def writable(name):
    try:
        open(os.path.join(folder, name), "r+b").close()
    except OSError:
        return False
    return True
"""
    with (
        staging.tree(staging.mixed(taken, stage)) as tree,
        Worker(tree, ISOLATED, Budget(SETTINGS.limits)) as worker,
    ):
        asked = "'tensors.pyc' in names", "[name for name in names if writable(name)]"
        assert [True, []] == observed(worker, source, *asked)


@attack(29, "allowed")
def test_files_that_only_work_together_pass(grade_attacked):
    """A stage's file that sets up another of the student's own: the package is theirs."""
    walk = {
        "autograd.py": ("def backward(root, gradient=None", "def walk(root, gradient=None"),
        "optim.py": "from . import autograd\nautograd.backward = autograd.walk",
    }
    grade_attacked(walk, exercises=["chain", "mul_backward", "mse_loss", "sgd_step"])
