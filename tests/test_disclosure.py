"""Disclosure: as much of a hidden case as the lecturer chose is in the result, in every reader."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from grader import settings
from grader.curriculum.exercises import EXERCISE, EXERCISES
from grader.curriculum.texts import catalogue
from grader.feedback.failures import Telling, feedback
from grader.feedback.wording import SAYS_NOTHING_OF_A_CASE
from grader.grading.attempts import Attempt, Grading
from grader.grading.compare import FAILED, PASSED, Mismatch
from grader.isolation.intake import Submission
from grader.programs.cases import Case
from grader.programs.execution import Outcome, Value
from grader.programs.program import Program
from grader.reports import results, summary
from grader.settings import ALL, CATEGORY, NOTHING, UsageError, load
from tests.test_reports import VALIDATOR, shown
from tests.test_texts import KINDS

LANGUAGES = load().languages
SUBMISSION = Submission("ana", "exercises/sinmagia", {}, {})
SECRET = 4321.5  # it stands for all that a hidden case holds
PROGRAM = Program(
    "secret_name = torch.tensor(a, requires_grad=True)\nh = secret_name * 2.0\nout = h * h * h\n"
    "out.backward()",
    {"a": np.array([SECRET])},
    ("secret_name.grad",),
)
PAIR = Value("tensor", np.array([SECRET])), Value("tensor", np.array([SECRET + 1]))
RAISED = {
    "types": ("KeyError", "Exception"),
    "message": f"{SECRET}",
    "file": "autograd.py",
    "line": 7,
}
VALUE = Mismatch("value", "secret_name.grad", (0,), *PAIR)
OF_A_CASE = {
    "value": replace(VALUE, expression="out"),
    "gradient": VALUE,
    "shape": replace(VALUE, kind="shape", index=None),
    "dtype": replace(VALUE, kind="dtype", index=None),
    "type": replace(VALUE, kind="type", index=None, actual=Value("other", f"{SECRET}")),
    "mutated": replace(VALUE, kind="mutated"),
    "raised": Mismatch("raised", words=RAISED),
    "raised_outside": Mismatch("raised", words=RAISED | {"file": None, "line": None}),
    "raised_other": Mismatch("raised", words=RAISED | {"wanted": "RuntimeError"}),
    "not_raised": Mismatch("not_raised", words={"error": "RuntimeError"}),
    "complaint": Mismatch("complaint", words={
        "complaint": "weight_shape", "in_features": SECRET, "out_features": SECRET,
        "shapes": [(SECRET,), (SECRET,)]}),
    "crash": Mismatch("crash", words={"detail": f"{SECRET}", "file": "autograd.py", "line": 7}),
    "protocol": Mismatch("protocol", words={"detail": f"{SECRET}"}),
}  # fmt: skip


def told(mismatch, disclosure, language="en", misconception=None):
    """Give the feedback on an exercise whose hidden case went wrong as `mismatch` says."""
    case = Case(PROGRAM, Outcome())
    attempt = Attempt(FAILED, 1, mismatch=mismatch, case=case, misconception=misconception)
    telling = Telling(disclosure)
    return feedback(attempt, EXERCISE["chain"], SUBMISSION, catalogue(language), telling)


def secrets(text):
    return re.findall(r"432[12]|secret_name", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("disclosure", [CATEGORY, NOTHING])
@pytest.mark.parametrize("kind", OF_A_CASE)
def test_nothing_of_a_case_is_in_feedback_that_may_not_show_it(kind, disclosure, language):
    assert secrets(json.dumps(told(OF_A_CASE[kind], ALL, language)))
    assert secrets(json.dumps(told(OF_A_CASE[kind], disclosure, language))) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", OF_A_CASE)
def test_a_category_says_what_kind_of_thing_is_wrong_and_asks(kind, language):
    texts = catalogue(language)
    start = re.match(r"[^{]+", texts[f"category.{kind}"])[0]
    message = told(OF_A_CASE[kind], CATEGORY, language)["message"]
    assert message.startswith(start)
    assert message.endswith("?")


def test_every_kind_of_failure_that_a_case_shows_has_a_category():
    of_no_case = {kind for kind in KINDS if kind.startswith("file_")} | {"import", "undisclosed"}
    keys = {key.partition(".")[2] for key in catalogue("en") if key.startswith("category.")}
    assert set(KINDS) - of_no_case - set(SAYS_NOTHING_OF_A_CASE) <= keys == set(OF_A_CASE)


@pytest.mark.parametrize("disclosure", [CATEGORY, NOTHING])
def test_where_to_look_what_to_read_and_what_to_run_are_always_told(disclosure):
    found = told(VALUE, disclosure)
    where = {key: found[key] for key in ("file", "line", "lesson", "next")}
    assert where == {key: told(VALUE, ALL)[key] for key in where}


def test_a_category_keeps_the_hint_of_a_misconception_and_nothing_does_not():
    name = "share_overwrites_the_earlier_one"
    hints = {way: told(VALUE, way, misconception=name)["hint"] for way in (ALL, CATEGORY, NOTHING)}
    assert hints[ALL] == hints[CATEGORY] is not None
    assert hints[NOTHING] is None


@pytest.mark.parametrize(("kind", "detail"), [("time", "0.75"), ("time", "10"), ("files", "1000")])
def test_a_category_says_our_own_limits_in_full(kind, detail):
    lost = Mismatch(kind, words={"detail": detail, "file": None, "line": None})
    assert f" {detail} " in told(lost, CATEGORY)["message"]


def test_with_nothing_disclosed_all_kinds_of_failure_look_alike():
    found = [told(mismatch, NOTHING) for mismatch in OF_A_CASE.values()]
    assert found[1:] == found[:-1]
    assert "undisclosed" == found[0]["kind"]


@pytest.mark.parametrize("disclosure", [ALL, CATEGORY, NOTHING])
def test_what_went_wrong_before_any_case_is_told_whole(disclosure):
    attempt = Attempt(FAILED, mismatch=Mismatch("file_missing"))
    found = feedback(attempt, EXERCISE["chain"], SUBMISSION, catalogue("en"), Telling(disclosure))
    assert ("file_missing", True) == (found["kind"], "git log" in found["message"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("disclosure", [CATEGORY, NOTHING])
def test_it_holds_in_every_reader_and_the_score_stays(disclosure, language):
    attempts = {exercise.id: Attempt(PASSED) for exercise in EXERCISES}
    case = Case(PROGRAM, Outcome())
    attempts["chain"] = Attempt(FAILED, 1, mismatch=VALUE, case=case, failed=(case,))
    texts, grading = catalogue(language), Grading(SUBMISSION, "sandbox", attempts)
    whole, result = (results.document(grading, EXERCISES, replace(load(), disclosure=way), texts)
                     for way in (ALL, disclosure))  # fmt: skip
    VALIDATOR.validate(result)
    assert (whole["score"], disclosure) == (result["score"], result["disclosure"])
    for reader in (
        json.dumps,
        lambda found: summary.render(found, texts),
        lambda found: shown(found, language),
    ):
        assert secrets(reader(whole))
        assert secrets(reader(result)) == []
        assert "autograd.py" in reader(result)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Copy the settings to where they may be spoilt, and read them from there."""
    text = (settings.COURSE / "course.toml").read_text("utf-8")
    (tmp_path / "course.toml").write_text(text, encoding="utf-8")
    for language in LANGUAGES:
        (tmp_path / language / "catalogue").mkdir(parents=True)
    monkeypatch.setattr(settings, "COURSE", tmp_path)
    load.cache_clear()
    yield tmp_path / "course.toml"
    load.cache_clear()


@pytest.mark.parametrize("disclosure", [ALL, CATEGORY, NOTHING])
def test_the_lecturer_chooses_in_the_settings(course, disclosure):
    text = course.read_text("utf-8")
    course.write_text(text.replace('disclosure = "all"', f'disclosure = "{disclosure}"'))
    assert disclosure == load().disclosure


@pytest.mark.parametrize("line", ['disclosure = "some"', "disclosure = 3", "disclosure = []", ""])
def test_another_choice_is_one_clear_error_with_the_file(course, line):
    text = course.read_text("utf-8")
    course.write_text(text.replace('disclosure = "all"', line))
    with pytest.raises(UsageError) as caught:
        load()
    assert course == caught.value.values["file"]
    assert "disclosure" in str(caught.value.values["reason"])
