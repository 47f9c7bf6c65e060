"""Every NumPy gives torch's values and types: recorded answers, compared without torch.

`python -m tests.test_numpy_versions` records them anew. Where only NumPy, pytest and Hypothesis are
installed, an older NumPy say, run this file with `pytest --noconftest`.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from grader.programs import oracle
from grader.programs.execution import describe
from tests.parity import ROWS, promotions, run, sinmagia

RECORD = Path(__file__).with_name("torch_answers.json")
TOLERANCE = {"float64": 1e-9, "float32": 1e-4}  # of the largest value, or of 1
RARE = ("int32", "uint8")  # the promotion table is whole in test_parity


def chosen():
    """Give the programs that are recorded, by a name that tells them apart."""
    programs = [program for row in ROWS for program in row.samples()]
    programs += [p for p in promotions() if not any(dtype in p.source for dtype in RARE)]
    return {program.digest[:12]: program for program in programs}


def plain(value):
    """Turn what was observed into JSON: numbers with their type and shape, the rest as text."""
    if value.kind in ("tuple", "list"):
        return [value.kind, *map(plain, value.content)]
    if value.kind not in ("tensor", "array", "float"):
        return f"{value.kind}: {value.content}"
    array = np.asarray(value.content)
    numbers = array.ravel().tolist()
    if array.dtype == np.float32:
        numbers = [float(str(number)) for number in array.ravel()]  # as few digits as tell it
    return {f"{value.kind} {array.dtype.name} {array.shape}": numbers}


def answers(package):
    """Run every program; give what JSON keeps of it, or None for an error."""
    outcomes = {name: run(program, package) for name, program in PROGRAMS.items()}
    return {name: None if outcome.raised else [plain(value) for value in outcome.values]
            for name, outcome in outcomes.items()}  # fmt: skip


def same(expected, actual):
    """Compare two answers: texts, types and shapes exactly, and floats to their tolerance."""
    if type(expected) is not type(actual):
        return False
    if isinstance(expected, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if not isinstance(expected, dict) or expected.keys() != actual.keys():
        return expected == actual
    ((kind, wanted),) = expected.items()
    wanted, got = np.array(wanted), np.array(actual[kind])
    largest = np.abs(wanted[np.isfinite(wanted)]).max(initial=1.0)
    tolerance = TOLERANCE.get(kind.split()[1], 0) * largest
    return np.allclose(got, wanted, rtol=0, atol=tolerance, equal_nan=True)


PROGRAMS = chosen()
RECORDED = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}


def differing(found):
    """Give the programs whose answer is not the recorded one; torch's errors are not asked for."""
    return [f"{PROGRAMS[name].script('sinmagia')}\nexpected {expected}\ngot {found[name]}"
            for name, expected in RECORDED.items()
            if expected is not None and not same(expected, found[name])]  # fmt: skip


def test_every_program_is_recorded_and_nothing_else():
    assert set(PROGRAMS) == set(RECORDED)
    assert len([answer for answer in RECORDED.values() if answer is not None]) > 1000


def test_values_and_types_are_the_recorded_ones():
    assert [] == differing(answers(sinmagia()))


def test_what_is_recorded_is_torchs_answer():
    pytest.importorskip("torch")
    assert [] == differing(answers(oracle.torch()))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (1.5, np.float64(1.5)), (np.float32(1.5), np.float64(1.5)), (np.ones(2), np.ones((2, 1))),
        (np.ones(2), np.array([1.0, 1.001])), (np.nan, 1.0), (np.inf, -np.inf), (1, True),
        (np.array([1]), np.array([2])), (np.float32(1), np.float32(1.001)), ([1.0], [1.0, 1.0]),
        ([1.0], (1.0,)), (None, 0), (np.zeros((0, 2)), np.zeros((2, 0))),
    ],
)  # fmt: skip
def test_a_difference_is_noticed(right, wrong):
    expected, actual = (plain(describe(value, sinmagia())) for value in (right, wrong))
    assert same(expected, expected)
    assert not same(expected, actual)


if __name__ == "__main__":
    compact = json.JSONEncoder(separators=(",", ":")).encode
    lines = (f"{compact(name)}:{compact(answer)}"
             for name, answer in answers(oracle.torch()).items())  # fmt: skip
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
