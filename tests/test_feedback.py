"""Feedback: the smallest failing program, which reproduces the difference when it is pasted."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from grader.curriculum.exercises import EXERCISE
from grader.curriculum.texts import catalogue
from grader.feedback.failures import feedback
from grader.grading import grade_folder
from grader.settings import SOLUTIONS, load
from tests.planted import PLANTED, plant

BUGS = {bug[0]: bug for bug in reversed(PLANTED)}  # the first of each exercise


def found(folder, exercise, bug=None, language="en", settings=None):
    """Plant a bug in a copy of the solutions and give the feedback of its exercise."""
    shutil.copytree(SOLUTIONS / "sinmagia", folder / "sinmagia", dirs_exist_ok=True)
    plant(folder, *(bug or BUGS[exercise])[1:])
    grading = grade_folder(folder, [EXERCISE[exercise]], settings or load(), "auto")
    return feedback(
        grading.attempts[exercise], EXERCISE[exercise], grading.submission, catalogue(language)
    )


def pasted(program, path):
    """Run a program as a student would who pasted it into a file."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(path)}, check=False,
                          timeout=60)  # fmt: skip
    return done.stdout + done.stderr


def numbers(text):
    return [float(number) for number in re.findall(r"(?<![\w.])-?\d+\.?\d*(?:e-?\d+)?", text)]


# At least one of every way to ask: with a twin, with an upstream gradient, over several steps.
WITH_VALUES = ["numerical_gradient", "reflected_minus", "mul_backward", "sum_backward",
               "matmul_backward", "getitem_repeats", "chain", "shared_node", "skip_path",
               "unbroadcast_ones", "mse_loss", "linear", "sgd_step", "sgd_momentum"]  # fmt: skip


@pytest.mark.parametrize("exercise", WITH_VALUES)
def test_the_pasted_program_shows_yours_and_pytorchs(tmp_path, exercise):
    shown = found(tmp_path, exercise)
    yours = pasted(shown["program"], tmp_path)
    pytorchs = pasted(shown["torch_program"], tmp_path)
    if shown["kind"] != "raised":
        assert numbers(shown["actual"]) == numbers(yours.replace("dtype=float64", ""))
        # torch prints few digits
        theirs = numbers(pytorchs.replace("dtype=torch.float64", ""))
        assert numbers(shown["expected"]) == pytest.approx(theirs, rel=1e-3, abs=1e-4)
    assert yours.replace("dtype=float64", "") != pytorchs.replace("dtype=torch.float64", "")


def test_a_program_that_ends_in_a_loop_can_be_typed_into_python(tmp_path):
    """Line by line, as a terminal does it: an empty line has to end the block."""
    program = found(tmp_path, "sgd_step")["program"]
    typed = subprocess.run(
        [sys.executable, "-iq"],
        input=f"{program}\n",
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=True,
    )
    assert "    optimizer.step()" in program
    assert "SyntaxError" not in typed.stderr
    assert pasted(program, tmp_path) == typed.stdout


@pytest.mark.parametrize("exercise", ["tensor_dtype", "tensor_shape"])
def test_what_is_not_a_number_is_shown_as_it_is(tmp_path, exercise):
    shown = found(tmp_path, exercise)
    assert pasted(shown["program"], tmp_path) != pasted(shown["torch_program"], tmp_path)


def test_the_program_of_a_shared_node_is_the_smallest_there_is(tmp_path):
    shown = found(tmp_path, "shared_node")
    assert shown["program"].splitlines()[3:] == [
        "a = np.array([1.0], dtype='float64')",
        "upstream = np.array([2.0], dtype='float64')",
        "x = torch.tensor(a, requires_grad=True)",
        "out = x + x",
        "out.backward(torch.tensor(upstream))",
        "print(x.grad)",
    ]
    assert (shown["expected"], shown["actual"], shown["index"]) == ("[4.]", "[2.]", [0])


def test_the_same_push_gets_the_same_feedback(tmp_path):
    first = found(tmp_path / "one", "matmul_backward")
    assert first == found(tmp_path / "two", "matmul_backward")


def test_a_failure_names_file_line_lesson_and_command(tmp_path):
    shown = found(tmp_path, "mul_backward")
    line = (tmp_path / "sinmagia/ops/elementwise.py").read_text().splitlines()[shown["line"] - 1]
    assert (shown["file"], line.strip()) == (
        "sinmagia/ops/elementwise.py", "def backward(ctx, grad):",
    )  # fmt: skip
    assert shown["lesson"] == "lessons/2-operations.md#mul"
    assert shown["next"] == "python -m pytest -k test_mul_backward_"


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_message_says_the_place_and_both_values(tmp_path, language):
    message = found(tmp_path, "shared_node", language=language)["message"]
    assert {"`x.grad`", "2", "4"} <= set(re.findall(r"`[^`]+`|\b\d+\b", message))
    assert "[0]" in message
    assert len(message.split()) <= 45


def test_a_failure_is_shown_in_full_when_the_students_files_alone_show_it(tmp_path):
    bug = next(bug for bug in PLANTED if bug[3] == "return np.broadcast_to(grad, ctx.shape)")
    shown = found(tmp_path, "sum_backward", bug)
    assert (shown["note"], shown["actual"].count(",") > 0) == (None, True)


def test_what_fails_in_the_walk_is_shown_in_full_when_the_students_files_alone_fail(tmp_path):
    """Nothing was returned: beside the reference that is raised in its walk, else in their own."""
    right = "return grad * b if needs_a else None, grad * a if needs_b else None"
    shown = found(tmp_path, "mul_backward", ("", "ops/elementwise.py", right, "return None"))
    assert (shown["kind"], shown["note"]) == ("raised", None)
    assert "'NoneType'" in shown["message"]


def test_beside_the_reference_one_differing_value_is_shown(tmp_path):
    """Another stage's bug changes what the student's files alone give, so they cannot be shown."""
    shutil.copytree(SOLUTIONS / "sinmagia", tmp_path / "sinmagia")
    plant(tmp_path, "ops/linear.py", "return a @ b", "return 7 * a @ b")
    shown = found_again(tmp_path, "linear")
    assert shown["note"]
    assert re.fullmatch(r"\[\d, \d\]: [-.\d]+", shown["actual"])


def found_again(folder, exercise):
    plant(folder, *BUGS[exercise][1:])
    grading = grade_folder(folder, [EXERCISE[exercise]], load(), "auto")
    return feedback(
        grading.attempts[exercise], EXERCISE[exercise], grading.submission, catalogue("en")
    )


def test_shrinking_is_bounded_in_calls(tmp_path):
    one_call = replace(load(), shrink_calls=1)
    shown = found(tmp_path, "matmul_backward", settings=one_call)
    assert shown["kind"] == "value"


def test_an_exception_names_its_line(tmp_path):
    bug = ("linear", "nn/modules.py", "out = input @ self.weight.T", "out = input @ self.weigth.T")
    message = found(tmp_path, "linear", bug)["message"]
    assert "AttributeError" in message
    assert re.search(r"sinmagia/nn/modules\.py:\d+", message)
