"""Coverage of the domain: what cases reach is seen rightly, and nothing that matters is missing."""

import numpy as np
import pytest

from grader.curriculum.exercises import EXERCISE, EXERCISES
from grader.grading.bank import Bank
from grader.grading.coverage import FEATURES, features_of, reach
from grader.programs.cases import Case, refused
from grader.programs.operations import LINES, OPERATIONS, PAIRS, ROW
from grader.programs.program import Program
from grader.settings import load

X = "x = torch.tensor(a, requires_grad=True)\n"


@pytest.fixture(scope="module")
def reached():
    """What the cases of every exercise reach."""
    bank = Bank(load())
    return {exercise.id: reach(bank.cases(exercise)) for exercise in EXERCISES}


def features(source, *arrays):
    inputs = dict(zip("abc", map(np.asarray, arrays), strict=False))
    return features_of(Case(Program(source, inputs, ())))[0]


@pytest.mark.parametrize(
    ("expected", "one", "other"),
    [
        ({"same_shape"}, (2, 3), (2, 3)),
        ({"scalar"}, (2, 3), ()),
        ({"new_dimension"}, (2, 3), (3,)),
        ({"stretched"}, (2, 3), (2, 1)),
        ({"new_dimension", "stretched"}, (2, 3, 2), (1, 2)),
    ],
)
def test_how_two_operands_are_joined_is_seen(expected, one, other):
    patterns = {"same_shape", "scalar", "new_dimension", "stretched"}
    source = "y = torch.tensor(a) + torch.tensor(b)"
    assert expected == features(source, np.ones(one), np.ones(other)) & patterns


@pytest.mark.parametrize(
    ("feature", "array"),
    [("rank_0", 1.0), ("rank_3", np.ones((2, 2, 2))), ("length_1", [[1.0, 2.0]]),
     ("empty", np.ones((0, 2))), ("float32", np.ones(2, "float32")), ("integer", [1, 2]),
     ("negative", [-1.0]), ("zero", [0.0]), ("ties", [2.0, 2.0]), ("large", [1e6]),
     ("tiny", [1e-6])],
)  # fmt: skip
def test_what_an_input_is_like_is_seen(feature, array):
    assert feature in features("", array)
    assert feature not in features("", [1.5, 2.5])


def test_a_tensor_used_twice_and_several_walks_are_seen():
    assert {"reuse", "walks"} <= features(f"{X}y = x * x\n(y + y).backward()\nx.backward()", 1.0)
    assert not {"reuse", "walks"} & features(f"{X}(x * 2.0).backward()", 1.0)


def test_walks_are_counted_as_they_are_taken():
    assert "walks" in features(f"{X}for i in range(2):\n    x.backward()", 1.0)
    assert "walks" not in features(f"{X}x.backward()\nif False:\n    x.backward()", 1.0)


@pytest.mark.parametrize(
    "lines",
    ["with torch.no_grad():\n    y = x + x\n    x -= 1.0", "x.requires_grad_()\nx.detach()"],
)
def test_what_is_not_recorded_is_no_part_of_the_graph(lines):
    found, depth = features_of(Case(Program(X + lines, {"a": np.ones(2)}, ())))
    assert ("reuse" in found, depth) == (False, 0)


def test_an_expected_error_is_seen():
    assert "error" in features_of(refused(Program("")))[0]


@pytest.mark.parametrize(("depth", "lines"), [(0, ""), (2, "y = (x + 1).exp()"),
                                              (3, "y = x.exp()\nz = (y * y) + x")])  # fmt: skip
def test_the_longest_way_through_a_graph_is_seen(depth, lines):
    assert depth == features_of(Case(Program(X + lines, {"a": np.ones(2)}, ())))[1]


# What no exercise may lack.

HALVES = [f"{row.name}_{half}" for row in OPERATIONS for half in ("forward", "backward")]
WITHOUT_LARGE = {"exp", "tanh", "sigmoid", "softmax", "log_softmax"}  # `exp` and `tanh`: nowhere
RANKED = {"amax"}  # ranks stand in for its values


@pytest.mark.parametrize("exercise", HALVES)
def test_an_operation_meets_both_types_signs_and_sizes(reached, exercise):
    row = exercise.rpartition("_")[0]
    wanted = {"float64", "float32", "negative", "ties", "large", "tiny", "length_1"}
    wanted -= {"large"} if row in WITHOUT_LARGE else set()
    wanted -= {"large", "tiny", "ties"} if row in RANKED else set()
    if row in ("log", "sqrt") and exercise.endswith("forward"):
        wanted -= {"negative"}
    wanted -= {"length_1"} if row == "getitem" and exercise.endswith("forward") else set()
    assert set() == wanted - set(reached[exercise].features)


@pytest.mark.parametrize("exercise", HALVES)
def test_an_operation_meets_every_rank_and_empty_arrays(reached, exercise):
    row = ROW[exercise.rpartition("_")[0]]
    wanted = {f"rank_{len(shape)}" for shapes in row.shapes for shape in shapes}
    wanted |= {"empty"} if row.params != LINES or row.name == "cat" else set()
    wanted -= {"empty"} if row.name == "getitem" and exercise.endswith("forward") else set()
    assert set() == wanted - set(reached[exercise].features)


BROADCAST = [name for name in HALVES if ROW[name.rpartition("_")[0]].shapes == PAIRS]


@pytest.mark.parametrize("exercise", BROADCAST)
def test_an_operation_of_two_operands_meets_every_way_to_join_them(reached, exercise):
    wanted = {"same_shape", "stretched", "new_dimension", "scalar"}
    assert set() == wanted - set(reached[exercise].features)


@pytest.mark.parametrize("row", ["add", "sub", "mul", "div", "cat", "matmul"])
def test_an_operation_meets_one_tensor_as_both_operands(reached, row):
    assert reached[f"{row}_backward"].features["reuse"]


@pytest.mark.parametrize(
    "exercise",
    ["record", "no_grad", "upstream", "shared_node", "diamond", "wide_ladder", "accumulate",
     "unused_branch", "arrays_of_others", "retain_graph", "retain_grad"],
)  # fmt: skip
def test_a_behaviour_of_the_walk_meets_all_shapes_and_both_types(reached, exercise):
    wanted = {"rank_0", "rank_1", "rank_2", "length_1", "empty", "float64", "float32"}
    assert set() == wanted - set(reached[exercise].features)


def test_random_graphs_meet_all_that_a_graph_can_have(reached):
    wanted = {"rank_0", "rank_3", "same_shape", "new_dimension", "stretched", "scalar", "reuse",
              "walks"}  # fmt: skip
    assert set() == wanted - set(reached["any_graph"].features)
    assert reached["any_graph"].depth >= 6


def test_deep_and_wide_graphs_are_deep_and_wide(reached):
    assert reached["deep_chain"].depth >= 20_000
    assert reached["wide_ladder"].depth == 40


def test_the_whole_course_has_three_thousand_cases(reached):
    assert sum(found.cases for found in reached.values()) >= 3000


def test_the_report_has_a_row_an_exercise_and_a_column_a_feature(grader):
    done = grader("coverage", "mul_backward", "any_graph", "--lang", "es")
    rows = [line.split() for line in done.stdout.splitlines() if line.strip()]
    by_name = {row[0]: row[1:] for row in rows}
    assert {"mul_backward", "any_graph"} == by_name.keys() & set(EXERCISE)
    assert [len(FEATURES) + 2] * 2 == [len(by_name[name]) for name in ("mul_backward", "any_graph")]


def test_a_report_of_an_exercise_that_is_not_there_says_so(grader):
    done = grader("coverage", "multiply")
    assert (2, "multiply" in done.stderr) == (done.returncode, True)
