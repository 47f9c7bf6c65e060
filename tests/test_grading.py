"""Grading a submission: planted bugs, fair staging, the four states, and broken submissions."""

import shutil
import time
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest

from grader.curriculum.exercises import EXERCISE, EXERCISES, STAGES, dependants
from grader.curriculum.misconceptions import misconceptions
from grader.grading import grade_folder, runner
from grader.grading.bank import Bank
from grader.grading.staging import STUDENT_FILES
from grader.isolation import sandbox
from grader.isolation.budget import Budget
from grader.isolation.intake import Submission
from grader.programs.execution import Outcome
from grader.programs.oracle import OracleError
from grader.settings import ROOT, SOLUTIONS, STUBS, load
from tests.planted import PLANTED, plant

IMPATIENT = replace(load(), limits=replace(load().limits, seconds_a_case=1, seconds_an_exercise=4))


@pytest.fixture
def submission(tmp_path):
    """A copy of the solutions, to be changed."""
    shutil.copytree(SOLUTIONS / "sinmagia", tmp_path / "sinmagia")
    return tmp_path


def attempts(submission, exercises=EXERCISES, settings=IMPATIENT):
    return grade_folder(submission, exercises, settings, "auto").attempts


def lost(submission):
    return {name for name, attempt in attempts(submission).items() if attempt.state != "passed"}


def states(submission, *names):
    result = attempts(submission, [EXERCISE[name] for name in names])
    return [result[name].state for name in names]


MISCONCEPTIONS = {(m.exercise, m.file, m.right, m.wrong) for m in misconceptions().values()}


@pytest.mark.parametrize(
    ("exercise", "file", "right", "wrong"),
    [bug for bug in PLANTED if bug not in MISCONCEPTIONS],  # those have a test of their own
)
def test_a_planted_bug_loses_its_exercise_and_those_that_need_it(
    submission, monkeypatch, exercise, file, right, wrong
):
    plant(submission, file, right, wrong)
    monkeypatch.setattr("grader.grading.explanation.explained", lambda found, *_: found)  # slow
    of_the_file = [e for e in EXERCISES if e.file == file]
    found = {name for name, a in attempts(submission, of_the_file).items() if a.state != "passed"}
    assert exercise in found
    assert found - {exercise} <= dependants(EXERCISE[exercise])


def test_every_exercise_has_a_planted_bug():
    assert {bug[0] for bug in PLANTED} == set(EXERCISE)


@pytest.mark.parametrize(
    "exercise", ["numpy", "add_backward", "unbroadcast_ones", "mse_loss", "sgd_momentum"]
)
def test_a_bug_of_an_idea_loses_nothing_else_at_all(submission, exercise):
    _, file, right, wrong = next(bug for bug in PLANTED if bug[0] == exercise)
    plant(submission, file, right, wrong)
    of_everything = {"whole_package", "any_graph"}
    assert lost(submission) - of_everything == {exercise}


def test_the_solutions_pass_everything():
    assert lost(SOLUTIONS) == set()


def test_stubs_are_pending_and_asked_one_case_an_exercise():
    found = attempts(STUBS)
    assert {attempt.state for attempt in found.values()} == {"pending"}
    assert {attempt.cases for attempt in found.values()} == {1}


def test_a_stage_passes_amid_stubs(tmp_path):
    shutil.copytree(STUBS / "sinmagia", tmp_path / "sinmagia")
    shutil.copy(SOLUTIONS / "sinmagia/autograd.py", tmp_path / "sinmagia/autograd.py")
    assert states(tmp_path, "chain", "shared_node", "unbroadcast_new", "add_backward") == [
        "passed", "passed", "passed", "pending",
    ]  # fmt: skip


def test_an_internal_design_of_ones_own_passes_on_the_whole_package(submission):
    """Files that only work together pass: the student's package is tried as it is, first."""
    plant(submission, "autograd.py", "def backward(root, gradient=None, retain_graph=False):",
          "def walk(root, gradient=None, retain_graph=False):")  # fmt: skip
    plant(submission, "tensors.py", "autograd.backward(self, gradient, retain_graph)",
          "autograd.walk(self, gradient, retain_graph)")  # fmt: skip
    assert lost(submission) == set()


def test_a_case_is_compared_once():
    cases = Bank(load()).cases(EXERCISE["mul_backward"])
    assert len({case.program.digest for case in cases}) == len(cases)
    assert attempts(SOLUTIONS)["mul_backward"].cases == len(cases)


def test_an_exercise_whose_cases_together_take_too_long_fails_for_the_time():
    limits = replace(IMPATIENT.limits, seconds_an_exercise=1e-6)
    settings = replace(IMPATIENT, limits=limits)
    found = attempts(SOLUTIONS, [EXERCISE["chain"]], settings)["chain"]
    assert ("failed", "time") == (found.state, found.mismatch.kind)


def test_a_grader_that_takes_long_to_build_cases_costs_nobody_their_points(monkeypatch):
    """As on a busy machine: by its clock an hour passes whenever cases are read or built."""
    whole, clock, away = Bank.cases, time.monotonic, [0]

    def slow(self, exercise):
        away[0] += 3600
        return whole(self, exercise)

    monkeypatch.setattr(Bank, "cases", slow)
    monkeypatch.setattr("grader.isolation.budget.time.monotonic", lambda: clock() + away[0])
    assert ["passed", "passed"] == states(SOLUTIONS, "chain", "shared_node")
    assert away[0]


def test_a_fault_of_the_grader_is_an_error_and_not_the_students(monkeypatch):
    whole = Bank.cases

    def broken(self, exercise):
        if exercise.id == "chain":
            raise OracleError("torch is not well today")
        return whole(self, exercise)

    monkeypatch.setattr(Bank, "cases", broken)
    assert states(SOLUTIONS, "chain", "shared_node") == ["error", "passed"]


def test_a_worker_that_does_not_start_is_an_error_and_says_why(monkeypatch):
    """A sandbox that breaks must not turn a whole class's work into crashes of their own."""
    broken = ["sh", "-c", "echo no user namespaces here >&2; exit 1"]
    monkeypatch.setattr(sandbox, "command", lambda *_: broken)
    grading = grade_folder(SOLUTIONS, EXERCISES, IMPATIENT, "none")
    assert {attempt.state for attempt in grading.attempts.values()} == {"error"}
    assert "no user namespaces here" in str(grading.faults["chain"])


def test_an_explanation_that_goes_wrong_leaves_the_verdict(submission, monkeypatch):
    def broken(*_):
        raise OracleError("torch is not well today")

    monkeypatch.setattr("grader.grading.explanation.simplest_failing", broken)
    plant(submission, "ops/linear.py", "return a @ b", "return a @ b.T")
    grading = grade_folder(submission, [EXERCISE["matmul_forward"]], IMPATIENT, "auto")
    assert grading.attempts["matmul_forward"].state == "failed"
    assert grading.attempts["matmul_forward"].limited
    assert list(grading.warnings) == ["matmul_forward"]


def test_what_shrinking_tries_is_asked_of_the_submission(submission, monkeypatch):
    verdicts = []

    def ask(exercise, bank, failed, trials):
        verdicts.extend(found is not None for found in trials(failed))
        return failed[:1]

    monkeypatch.setattr("grader.grading.explanation.simplest_failing", ask)
    plant(submission, "ops/linear.py", "return a @ b", "return a @ b + 1")
    assert states(submission, "matmul_forward") == ["failed"]
    assert {True} == set(verdicts)


# Broken submissions: what breaks, and the exercises that may be lost to it.

OPERATIONS = {e.id for e in EXERCISES if e.file == "ops/elementwise.py"}


@pytest.mark.parametrize(
    "source",
    [b"def add(:\n", b"import torch\n", b"\xff\xfe\x00 not text", b"from .nowhere import x\n",
     b"x = 1  # the classes are gone\n"],
    ids=["syntax", "torch", "not-utf8", "no-module", "no-classes"],
)  # fmt: skip
def test_a_file_that_cannot_be_imported_loses_its_own_exercises(submission, source):
    (submission / "sinmagia/ops/elementwise.py").write_bytes(source)
    assert lost(submission) == OPERATIONS | {"whole_package"}


def test_where_the_process_is_lost_files_are_tried_in_the_order_of_the_course(monkeypatch):
    """In another order another file would be given less time, and the report would say so."""
    stage, tried = STAGES[2], []
    files = dict.fromkeys(reversed(stage.files), b"")
    fine = SimpleNamespace(import_failure=lambda: None)
    monkeypatch.setattr(runner, "Worker", lambda *_: nullcontext(fine))
    monkeypatch.setattr(runner.staging, "mixed", lambda alone, _: tried.extend(alone.files) or {})
    lost_process = Outcome(lost="crash")
    budget = Budget(load().limits)
    runner._broken_file(lost_process, Submission("ana", "", files, {}), stage, "none", budget)
    assert list(stage.files) == tried


def test_the_reason_names_the_file_and_the_line(submission):
    (submission / "sinmagia/ops/elementwise.py").write_text("import numpy as np\ndef add(:\n")
    mismatch = attempts(submission)["add_forward"].mismatch
    assert mismatch.kind == "import"
    assert (mismatch.words["types"][0], mismatch.words["file"], mismatch.words["line"]) == (
        "SyntaxError", "ops/elementwise.py", 2,
    )  # fmt: skip


def test_a_missing_file_loses_its_own_exercises(submission):
    (submission / "sinmagia/ops/elementwise.py").unlink()
    found = attempts(submission)
    assert {name for name, a in found.items() if a.state != "passed"} == {
        *OPERATIONS, "whole_package",
    }  # fmt: skip
    assert found["add_forward"].mismatch.kind == "file_missing"


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ("while True: pass", "time"),
        ("import os; os._exit(0)", "crash"),
        ("import ctypes; ctypes.string_at(0)", "crash"),
        ("import sys; sys.exit(0)", "raised"),
        ("raise KeyboardInterrupt", "raised"),
        ("return 'seven'", "type"),
        ("return None", "type"),
        ("return np.ones(3, dtype=complex)", "type"),
    ],
)
def test_what_an_exercise_does_wrong_costs_that_exercise(submission, wrong, kind):
    plant(submission, "ops/linear.py", "return a @ b", wrong)
    found = attempts(submission)
    failed = {name: a.mismatch.kind for name, a in found.items() if a.state != "passed"}
    assert kind == failed.pop("matmul_forward")
    assert set(failed) <= {"matmul_backward", "matmul_vectors", "matmul_batches", "whole_package"}


@pytest.mark.parametrize("wrong", ["while True: pass", "import os; os._exit(0)"])
def test_an_import_that_never_ends_well_loses_its_stage(submission, wrong):
    plant(submission, "optim.py", "import numpy as np", f"import numpy as np\n{wrong}")
    of_the_file = {e.id for e in EXERCISES if e.file == "optim.py"}
    assert lost(submission) == of_the_file | {"whole_package"}


def test_the_buggy_submission_of_the_demo_has_the_given_files_as_they_are():
    """So that the programs of its report can be pasted."""
    for path in (STUBS / "sinmagia").rglob("*.py"):
        name = path.relative_to(STUBS / "sinmagia")
        if name.as_posix() not in STUDENT_FILES:
            own = ROOT / "tests/submissions/buggy/exercises/sinmagia" / name
            assert path.read_text() == own.read_text(), f"copy {path} to {own}"


def test_the_buggy_submission_of_the_demo_is_graded_as_meant():
    found = attempts(ROOT / "tests/submissions/buggy")
    failed = {name for name, a in found.items() if a.state == "failed"}
    pending = {name for name, a in found.items() if a.state == "pending"}
    assert (failed, pending) == (
        {"tensor_dtype", "lift", "full", "sum_backward", "shared_node", "diamond", "skip_path",
         "wide_ladder", "arrays_of_others", "any_graph"},
        {"default_step", "permute_forward", "permute_backward", "cat_forward", "cat_backward",
         *(e.id for e in EXERCISES if e.stage >= 4 and e.id != "linear_parameters")},
    )  # fmt: skip
