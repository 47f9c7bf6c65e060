"""Shrinking that teaches: what is shown of a failure has no line in vain and plain numbers."""

import shutil
import time
from dataclasses import replace

import numpy as np
import pytest

from grader.curriculum.exercises import EXERCISE
from grader.grading import explanation, grade_folder, simpler
from grader.grading.compare import Mismatch
from grader.grading.plain import rank
from grader.grading.shrink import Counted
from grader.grading.simpler import jumps, largest, simplified
from grader.programs.cases import Case, literal, refused
from grader.programs.execution import Value
from grader.programs.oracle import settled
from grader.programs.program import Program
from grader.settings import SOLUTIONS, load
from tests.planted import PLANTED, plant


def attempted(folder, exercise, wrong=None, settings=None):
    """Plant a bug of an exercise, the first or the one that reads so, and grade the exercise."""
    shutil.copytree(SOLUTIONS / "sinmagia", folder / "sinmagia")
    bugs = [bug for bug in PLANTED if bug[0] == exercise and wrong in (None, bug[3])]
    plant(folder, *bugs[0][1:])
    grading = grade_folder(folder, [EXERCISE[exercise]], settings or load(), "auto")
    assert not grading.warnings
    return grading.attempts[exercise]


def shown(folder, exercise, wrong=None):
    """Give the lines of the program that is shown, and its arrays as lists."""
    program = attempted(folder, exercise, wrong).case.program
    arrays = {name: array.tolist() for name, array in program.inputs.items()}
    return program.source.splitlines(), arrays


def program(source, observe=("x.grad",), **inputs):
    return Program(source, {name: np.array(value) for name, value in inputs.items()}, observe)


def torch_answers(source, observe=("x.grad",), **inputs):
    return settled(Case(program(source, observe, **inputs)))


def always(cases):
    """Fail every case in the same way."""
    return [Mismatch("value", "x.grad") for _ in cases]


def with_all_lines(source):
    """Fail every case that has all these lines."""
    return lambda cases: [found if case.program.source == source else None
                          for case, found in zip(cases, always(cases), strict=True)]  # fmt: skip


GRAD = "x = torch.tensor(a, requires_grad=True)\n"
SQUARE = f"{GRAD}(x * x).sum().backward()"


# What students see.


def test_a_wrong_coefficient_is_shown_on_one_and_two(tmp_path):
    assert {"a": [1.0, 2.0], "upstream": 3.0} == shown(
        tmp_path, "mean_backward", "grad.reshape(ctx.kept)"
    )[1]


def test_gradients_of_two_operands_are_shown_on_numbers_that_are_all_different(tmp_path):
    assert {"a": [1.0], "b": [2.0], "upstream": [3.0]} == shown(tmp_path, "mul_backward")[1]


def test_a_number_of_the_source_becomes_plain_too(tmp_path):
    lines, arrays = shown(tmp_path, "reflected_minus")
    assert (["x = torch.tensor(a)", "y = 1 - x"], {"a": 2.0}) == (lines, arrays)


def test_the_zero_stays_where_the_kink_is_the_mistake(tmp_path):
    assert {"a": 0.0, "upstream": 2.0} == shown(tmp_path, "relu_at_zero")[1]


def test_the_tie_stays_where_the_tie_is_the_mistake(tmp_path):
    assert {"a": [1.0, 1.0], "upstream": 3.0} == shown(tmp_path, "amax_ties")[1]


def test_large_numbers_stay_large_where_small_ones_do_no_harm(tmp_path):
    assert {"a": [1.0, 800.0]} == shown(tmp_path, "sigmoid_extremes")[1]


def test_large_numbers_become_round_ones(tmp_path):
    wrong = "np.exp(a - a.max())  #"
    assert {"a": [[1.0, 2.0, 1000.0]]} == shown(tmp_path, "softmax_extremes", wrong)[1]


def test_lines_that_the_difference_does_not_need_are_left_out(tmp_path):
    lines, arrays = shown(tmp_path, "record", "ctx.needs_input_grad[-1]")
    assert [f"{GRAD}".strip(), "k = torch.tensor(b)", "y = x * k"] == lines
    assert {"a", "b"} == set(arrays)


def test_where_torch_is_asked_in_other_words_both_get_the_same_numbers(tmp_path):
    case = attempted(tmp_path, "accuracy").case
    assert [[1.0, 2.0, 3.0]] == case.program.inputs["a"].tolist()
    assert case.program.inputs == case.twin.inputs


def test_the_same_push_gets_the_same_case(tmp_path):
    one, two = (attempted(tmp_path / name, "linear").case.program for name in ("one", "two"))
    assert one.digest == two.digest


def test_a_grader_that_takes_long_to_shrink_shows_the_same_case(tmp_path, monkeypatch):
    """As on a busy machine: by its clock an hour passes whenever torch is asked."""
    quick = attempted(tmp_path / "quick", "linear").case.program
    answered, clock, away = simpler.answered, time.monotonic, [0]

    def slow(case):
        away[0] += 3600
        return answered(case)

    monkeypatch.setattr(simpler, "answered", slow)
    monkeypatch.setattr("grader.isolation.budget.time.monotonic", lambda: clock() + away[0])
    assert quick.digest == attempted(tmp_path / "slow", "linear").case.program.digest
    assert away[0]


@pytest.mark.parametrize("calls", [0, 1, 7, 300])
def test_no_more_cases_are_tried_than_the_course_allows(tmp_path, monkeypatch, calls):
    tried = []
    simplest_failing = explanation.simplest_failing

    def counting(exercise, bank, failed, trials):
        return simplest_failing(exercise, bank, failed, lambda c: tried.extend(c) or trials(c))

    monkeypatch.setattr(explanation, "simplest_failing", counting)
    found = attempted(tmp_path, "linear", settings=replace(load(), shrink_calls=calls))
    assert found.case is not None
    assert min(calls, 1) <= len(tried) <= calls


def test_what_fails_only_after_what_was_tried_before_is_not_shown(tmp_path):
    """Recording stays off once a block ended with an error: then shorter programs fail as well."""
    lines, _ = shown(tmp_path, "no_grad_after_error")
    assert "        raise ValueError" in lines


# How it is done.


def test_one_two_three_are_the_plainest_numbers():
    programs = [
        program(SQUARE, a=a)
        for a in ([1.0, 2.0, 3.0], [1.0, 2.0, 4.0], [1.0, -2.0, 3.0], [1.0, 1.0, 1.0],
                  [0.0, 1.0, 2.0], [1.0, 2.5, 3.0])
    ]  # fmt: skip
    assert programs == sorted(programs, key=rank)


def test_fewer_values_come_before_plainer_ones():
    assert rank(program(SQUARE, a=[0.37])) < rank(program(SQUARE, a=[1.0, 2.0]))


def test_all_numbers_count_on_through_the_arrays():
    source = f"{GRAD}(x * torch.tensor(b)).sum().backward()"
    case = torch_answers(source, a=[0.37, -13.0], b=[2.25, 0.0])
    found = simplified(case, with_all_lines(source))
    assert [[1.0, 2.0], [3.0, 4.0]] == [array.tolist() for array in found.program.inputs.values()]
    assert [3.0, 4.0] == found.expected.values[0].content.tolist()


def test_shapes_and_types_stay():
    case = torch_answers(SQUARE, a=np.full((2, 1), 0.25, "float32"))
    array = simplified(case, always).program.inputs["a"]
    assert ("float32", (2, 1), [[1.0], [2.0]]) == (array.dtype.name, array.shape, array.tolist())


def test_a_loop_turns_no_more_often_than_it_has_to():
    def needs_the_loop(cases):
        return [found if "for" in case.program.source else None
                for case, found in zip(cases, always(cases), strict=True)]  # fmt: skip

    source = f"{GRAD}h = x\nfor i in range(40):\n    h = h + h\nh.sum().backward()"
    found = simplified(torch_answers(source, a=[1.0]), needs_the_loop)
    assert "for i in range(2):" in found.program.source.splitlines()


def test_another_way_to_fail_is_not_what_is_shown():
    def elsewhere(cases):
        as_before = [0.25 in case.program.inputs["a"] for case in cases]
        return [Mismatch("value" if same else "raised", "x.grad") for same in as_before]

    assert 0.25 in simplified(torch_answers(SQUARE, a=[0.25, 0.75]), elsewhere).program.inputs["a"]


def test_no_tie_is_made_where_there_was_none():
    """No plainer numbers than 1 and 1 fail; but they are equal."""
    source = f"{GRAD}x.maximum(torch.tensor(b)).sum().backward()"
    failing = {(0.75, 0.25), (1.0, 1.0)}

    def fails(cases):
        values = [tuple(float(a.sum()) for a in case.program.inputs.values()) for case in cases]
        return [Mismatch("value", "x.grad") if pair in failing else None for pair in values]

    found = simplified(torch_answers(source, a=[0.75], b=[0.25]), fails)
    assert [[0.75], [0.25]] == [array.tolist() for array in found.program.inputs.values()]


@pytest.mark.parametrize(
    ("line", "value", "expected"),
    [("x.relu()", 0.0, True), ("(-x).relu()", 0.0, True), ("x.abs()", 0.0, True),
     ("x.amax()", 1.0, True), ("x.relu()", 1.0, False), ("x.exp()", 3.0, False)],
)  # fmt: skip
def test_a_kink_or_a_tie_is_known_by_what_lies_beside_it(line, value, expected):
    case = torch_answers(f"{GRAD}({line}).sum().backward()", a=[value, value])
    assert expected == jumps(case)


def test_two_equal_numbers_of_two_arrays_are_a_tie():
    source = f"{GRAD}x.maximum(torch.tensor(b)).sum().backward()"
    assert jumps(torch_answers(source, a=[1.0, 2.0], b=[3.0, 2.0]))


def test_what_torch_refuses_is_no_program_to_show():
    """Without its first line, or the second, it raises; without the third there is no gradient."""
    source = f"{GRAD}y = x * x\ny.sum().backward()"
    found = simplified(torch_answers(source, ("x.grad[0]",), a=[0.25]), always)
    assert (source, [1.0]) == (found.program.source, found.program.inputs["a"].tolist())


def test_no_number_that_is_not_finite_comes_up():
    source = f"{GRAD}(1 / (x - k)).sum().backward()"
    case = torch_answers(f"k = torch.tensor(b)\n{source}", a=[0.25], b=[1])
    found = simplified(case, with_all_lines(case.program.source))
    assert np.isfinite(found.expected.values[0].content).all()
    assert [2.0] == found.program.inputs["a"].tolist()


def test_what_is_no_number_is_larger_than_any():
    assert np.inf == largest([Value("list", [Value("float", 1.0), Value("float", float("nan"))])])


def test_no_number_becomes_huge():
    source = f"{GRAD}(x ** 5).sum().backward()"
    found = simplified(torch_answers(source, a=[0.25] * 9), with_all_lines(source))
    assert found.expected.values[0].content.max() <= 1000


def test_a_number_in_a_product_of_the_source_is_made_whole():
    source = f"{GRAD}(x * -0.37).sum().backward()"

    def fails(cases):
        return [found if "(x *" in case.program.source else None
                for case, found in zip(cases, always(cases), strict=True)]  # fmt: skip

    found = simplified(torch_answers(source, a=[1.0]), fails)
    assert f"{GRAD}(x * 2.0).sum().backward()" == found.program.source


def test_what_torch_would_not_refuse_is_not_expected_to_raise():
    """Without its last line the program is shorter, but no error is expected of that."""
    case = refused(program(f"{GRAD}y = x * x\ny.backward()", (), a=[0.25, 0.75]))
    found = simplified(case, lambda cases: [Mismatch("not_raised") for _ in cases])
    assert case.program.source == found.program.source


def test_an_expected_error_stays_expected():
    case = refused(program(f"{GRAD}(x * x).backward()", (), a=[0.25, 0.75]))
    found = simplified(case, lambda cases: [Mismatch("not_raised") for _ in cases])
    assert [1.0, 2.0] == found.program.inputs["a"].tolist()
    assert case.expected == found.expected


def test_an_expectation_that_is_not_torchs_answer_is_left_alone():
    case = literal(program("x = torch.tensor(a)\nn = x.sum().item()", ("n",), a=[0.25]), 5.0)
    assert case is simplified(case, always)


def test_long_loops_are_not_asked_again_and_again():
    case = torch_answers(f"{GRAD}for i in range(2000):\n    x = x + 0\n", ("x",), a=[0.25])
    assert case is simplified(case, always)


def test_what_does_not_fail_again_is_left_alone():
    case = torch_answers(SQUARE, a=[0.25])
    assert case is simplified(case, lambda cases: [None for _ in cases])


def test_when_the_calls_are_used_up_the_case_is_shown_as_it_is_by_then():
    case = torch_answers(SQUARE, a=[0.25])
    assert [0.25] == simplified(case, Counted(always, 1)).program.inputs["a"].tolist()
