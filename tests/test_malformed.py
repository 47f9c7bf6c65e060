"""Malformed submissions: a clear sentence for each, and every good file in it is taken."""

import re
from itertools import pairwise

import pytest

from grader.curriculum.exercises import EXERCISES
from grader.curriculum.texts import catalogue
from grader.feedback.escaping import log
from grader.feedback.wording import message
from grader.grading.compare import Mismatch
from grader.isolation.intake import take
from grader.settings import UsageError, load
from tests.handed_in import FILES, NAMES
from tests.malformed import ROWS, archives, folders, repositories

assert all((archives, folders, repositories))  # their rows are in the table


def taken(build, root):
    """Take a submission as it was built; a pair of path and revision is of git."""
    found = build(root)
    return take(*found[:1], NAMES, found[1]) if isinstance(found, tuple) else take(found, NAMES)


def is_sentence(text):
    """Say whether a text is whole sentences, not too long, with nothing left to fill in."""
    return (re.search(r"[.?)]$", text) is not None and not re.search(r"[{}\n]", text)
            and len(text.split()) <= 45)  # fmt: skip


@pytest.mark.parametrize(("build", "key", "name"), ROWS)
def test_what_is_malformed_is_said_in_every_language_and_nothing_else_is_lost(
    build, key, name, tmp_path
):
    if key.startswith("file_"):
        submission = taken(build, tmp_path)
        assert {name: key} == submission.faults
        assert {other: FILES[other] for other in NAMES if other != name} == submission.files
        exercise = next(exercise for exercise in EXERCISES if exercise.file == name)
        said = {lang: message(Mismatch(key), exercise, submission, True, catalogue(lang))
                for lang in load().languages}  # fmt: skip
    else:
        with pytest.raises(UsageError) as caught:
            taken(build, tmp_path)
        assert key == caught.value.key
        said = {lang: log(catalogue(lang).error(caught.value)) for lang in load().languages}
        assert all("ana" in text or "tensors.py.gz" in text for text in said.values())
    assert all(is_sentence(text) for text in said.values()), said
    assert all(one != other for one, other in pairwise(said.values()))


def test_the_table_is_as_long_as_promised():
    assert len(ROWS) >= 60
    assert len({param.id for param in ROWS}) > 0.95 * len(ROWS)
