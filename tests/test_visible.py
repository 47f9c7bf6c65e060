"""The visible tests: they catch every planted bug, in its own exercise, and say what came."""

import re
import shutil

import pytest

from grader.curriculum.exercises import EXERCISES
from grader.settings import SOLUTIONS
from tests.planted import PLANTED, plant
from tests.visible import run

# The tests' arrays refuse to be written into; one that asks first is for the hidden checks.
SEEN = [bug for bug in PLANTED if "writeable" not in bug[3]]


@pytest.mark.parametrize(("exercise", "file", "right", "wrong"), SEEN)
def test_a_planted_bug_fails_a_test_of_its_exercise_that_says_why(
    tmp_path, exercise, file, right, wrong
):
    shutil.copytree(SOLUTIONS / "sinmagia", tmp_path / "sinmagia")
    plant(tmp_path, file, right, wrong)
    told = run(tmp_path, "-k", exercise, "-x", "--tb=short")
    assert re.search(rf"^FAILED .*{exercise}", told, re.MULTILINE), told
    assert re.search(r"expected|Error: \w|assert ", told), told


@pytest.mark.parametrize("exercise", [e.id for e in EXERCISES])
def test_an_exercise_has_a_visible_test_of_its_own(visible_names, exercise):
    others = [e.id for e in EXERCISES if e.id.startswith(f"{exercise}_")]
    mine = [name for name in visible_names if f"test_{exercise}_" in f"{name}_"
            or f"[{exercise}" in name]  # fmt: skip
    assert [name for name in mine if not any(f"test_{other}" in name for other in others)]


@pytest.fixture(scope="module")
def visible_names():
    return re.findall(r"::(\S+)", run(SOLUTIONS, "--collect-only"))
