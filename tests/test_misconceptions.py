"""Misconceptions: each is caught in its exercise and named; what only resembles one is not."""

import shutil

import pytest

from grader.curriculum import misconceptions as bank
from grader.curriculum.exercises import EXERCISE
from grader.curriculum.misconceptions import misconceptions
from grader.curriculum.texts import catalogue
from grader.feedback.failures import feedback
from grader.grading import grade_folder
from grader.grading.compare import FAILED, PASSED
from grader.settings import SOLUTIONS, UsageError, load
from grader.verify import misconceptions_fit
from tests.proofs.doubles import pairs
from tests.proofs.misconceptions import faults_of

ENTRIES = misconceptions()
ONE_EACH = {entry.exercise: entry for entry in ENTRIES.values()}  # all: tests/proofs
LANGUAGES = load().languages
CATALOGUE = range(1, 88)  # the kinds of mistakes that were found in 93 public packages
ELSEWHERE = {35: 9}  # a batch that was broadcast is summed in the walk, as all that was broadcast


@pytest.fixture
def package(tmp_path):
    """Copy the reference to where it may be spoilt."""
    return shutil.copytree(SOLUTIONS / "sinmagia", tmp_path / "ana" / "sinmagia")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Read the misconceptions from an empty folder."""
    monkeypatch.setattr(bank, "FOLDER", tmp_path)
    misconceptions.cache_clear()
    yield tmp_path
    misconceptions.cache_clear()


def spoil(package, file, right, wrong):
    path = package / file
    text = path.read_text("utf-8")
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong), encoding="utf-8")


def attempted(package, exercise):
    grading = grade_folder(package.parent, [EXERCISE[exercise]], load(), "auto")
    assert not grading.warnings
    return grading.attempts[exercise], grading.submission


@pytest.mark.parametrize("entry", ONE_EACH.values(), ids=lambda entry: entry.id)
def test_a_misconception_is_caught_in_its_exercise_and_named(entry, package):
    spoil(package, entry.file, entry.right, entry.wrong)
    found, _ = attempted(package, entry.exercise)
    assert (FAILED, entry.id) == (found.state, found.misconception)


@pytest.mark.parametrize("row", sorted(set(CATALOGUE) - set(ELSEWHERE)))
def test_every_kind_of_mistake_of_the_catalogue_has_an_entry(row):
    assert [entry.id for entry in ENTRIES.values() if entry.row == row]


@pytest.mark.parametrize("row", ELSEWHERE)
def test_a_kind_of_mistake_without_an_entry_is_that_of_another(row):
    assert row not in {entry.row for entry in ENTRIES.values()}
    assert ELSEWHERE[row] in {entry.row for entry in ENTRIES.values()}


@pytest.mark.parametrize("pair", list(pairs(3)), ids=lambda pair: f"{pair[0].id} and {pair[1].id}")
def test_of_two_misconceptions_each_costs_its_exercise_and_neither_is_misnamed(pair, package):
    for entry in pair:
        spoil(package, entry.file, entry.right, entry.wrong)
    for entry in pair:
        found, _ = attempted(package, entry.exercise)
        assert (FAILED, entry.id) == (found.state, found.misconception)


@pytest.mark.parametrize(
    ("lost", "names", "faults"),
    [
        ({"sub_backward"}, {"sub_backward": "sub_second_keeps_its_sign"}, []),
        ({"sub_backward"}, {}, ["is not named"]),
        (set(), {}, ["sub_backward keeps its points", "is not named"]),
        ({"sub_backward", "item"}, {"sub_backward": "sub_second_keeps_its_sign"}, ["loses item"]),
        ({"sub_backward"}, {"sub_backward": "sub_writes_into_upstream"},
         ["is not named", "sub_backward is named sub_writes_into_upstream"]),
    ],
    ids=["caught and named", "not named", "not caught", "another is lost", "named otherwise"],
)  # fmt: skip
def test_the_proof_asks_that_a_misconception_is_caught_and_named_and_loses_nothing_else(
    lost, names, faults
):
    assert faults == faults_of(ENTRIES["sub_second_keeps_its_sign"], lost, names)


def test_every_misconception_fits_the_reference_and_has_its_hints():
    assert not misconceptions_fit()


def test_the_hint_stands_in_the_feedback_in_the_students_language(package):
    spoil(package, "tensors.py", "return self._lift(other) - self", "return self - other")
    found, submission = attempted(package, "reflected_minus")
    for language in LANGUAGES:
        shown = feedback(found, EXERCISE["reflected_minus"], submission, catalogue(language))
        assert ENTRIES[found.misconception].hints[language] == shown["hint"]


def test_another_mistake_in_the_same_place_is_not_named(package):
    spoil(package, "tensors.py", "return self._lift(other) - self",
          "return self._lift(other) - self - self")  # fmt: skip
    found, _ = attempted(package, "reflected_minus")
    assert (FAILED, None) == (found.state, found.misconception)


def test_what_follows_from_another_failure_is_not_named(package):
    """It looks like a walk in the wrong order; but the list of its tensors is what is wrong."""
    entry = ENTRIES["order_starts_with_the_root"]
    spoil(package, entry.file, entry.right, entry.wrong)
    asked = [EXERCISE[entry.exercise], EXERCISE["chain"]]
    found = grade_folder(package.parent, asked, load(), "auto").attempts
    named = [(attempt.state, attempt.misconception) for attempt in found.values()]
    assert [(FAILED, entry.id), (FAILED, None)] == named


def test_the_same_mistake_in_other_code_is_named(package):
    spoil(package, "tensors.py", "return self._lift(other) - self",
          "left = self._lift(other)\n        return -(left - self)")  # fmt: skip
    found, _ = attempted(package, "reflected_minus")
    assert (FAILED, "reflected_minus_is_minus") == (found.state, found.misconception)


def test_the_same_exception_in_its_own_lines_is_another_mistake(package):
    """A tensor that is missing in the list is a KeyError of the program; this one is its own."""
    spoil(package, "autograd.py", "return list(order.values())", "return [order[root]]")
    found, _ = attempted(package, "topological_order")
    assert ("KeyError", None) == (found.mismatch.words["types"][0], found.misconception)


def test_what_is_right_is_not_named(package):
    found, _ = attempted(package, "reflected_minus")
    assert (PASSED, None) == (found.state, found.misconception)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[a]\nexercise = 'nothing'\nright = 'x'\nwrong = 'y'", "there is no exercise nothing"),
        ("[a]\nexercise = 'item'\nwrong = 'y'", "a: right is not a text, or is missing"),
        ("[a]\nexercise = 'item'\nright = 3\nwrong = 'y'", "a: right is not a text"),
        ("[a]\nexercise = 'item'\nright = 'x'\nwrong = 'y'\nen = 5", "a: en is not a text"),
        ("a = 3", "a is not a table"),
        ("[a-b]\nexercise = 'item'\nright = 'x'\nwrong = 'y'", "'a-b' is not a name in Python"),
        ("[lambda]\nexercise = 'item'\nright = 'x'\nwrong = 'y'", "'lambda' is not a name"),
        ("[a\n", "line 1"),
    ],
    ids=[
        "unknown exercise",
        "no right piece",
        "no text",
        "a hint that is no text",
        "no table",
        "no name",
        "a word of Python's",
        "not TOML",
    ],
)
def test_a_faulty_entry_is_said_with_its_file(text, reason, folder):
    (folder / "1-tensors.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        misconceptions()
    assert folder / "1-tensors.toml" == raised.value.values["file"]
    assert reason in str(raised.value.values["reason"])


def test_an_entry_that_no_longer_fits_is_noticed(folder):
    text = "[a]\nexercise = 'item'\nright = 'not there'\nwrong = 'y'\nen = 'x?'\nes = 'x?'"
    (folder / "1-tensors.toml").write_text(text, encoding="utf-8")
    fault = "a: its right piece has to be once in tensors.py, and is 0 times"
    assert [fault] == misconceptions_fit()


def test_an_entry_without_a_hint_in_a_language_is_noticed(folder):
    text = "[a]\nexercise = 'item'\nright = '.item()'\nwrong = 'y'\nen = 'x?'"
    (folder / "1-tensors.toml").write_text(text, encoding="utf-8")
    fault = f"a: hints in en, where they have to be in {', '.join(LANGUAGES)}"
    assert fault in misconceptions_fit()
