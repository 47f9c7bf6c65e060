"""Reports: one result, complete in each of them, in every language."""

import json
import re
import shutil
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from rich.console import Console

from grader.curriculum.exercises import EXERCISES, STAGES
from grader.curriculum.texts import catalogue
from grader.grading.attempts import Attempt, Grading
from grader.grading.compare import ERROR, FAILED, PASSED, PENDING
from grader.isolation.intake import Submission
from grader.reports import summary, terminal
from grader.reports.results import SCHEMA_FILE, document
from grader.reports.stages import next_exercise
from grader.settings import ROOT, SOLUTIONS, load

LANGUAGES = load().languages
SCHEMA = json.loads(SCHEMA_FILE.read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
BUGGY = ROOT / "tests" / "submissions" / "buggy"


@pytest.fixture(scope="session")
def broken(tmp_path_factory):
    """Make a submission with a file missing, one that is no Python, and a step that exits."""
    folder = tmp_path_factory.mktemp("submissions") / "broken"
    package = shutil.copytree(SOLUTIONS / "sinmagia", folder / "exercises" / "sinmagia")
    (package / "sensitivity.py").unlink()
    (package / "ops" / "elementwise.py").write_text("class Add:\n    def\n")
    step = (package / "optim.py").read_text("utf-8")
    (package / "optim.py").write_text(
        step.replace(
            "        for i, p, grad", "        import os; os._exit(3)\n        for i, p, grad"
        )
    )
    return folder


def shown(result, language="en", width=80):
    """Give what the terminal shows of a result."""
    out = StringIO()
    console = Console(file=out, width=width, color_system=None, force_terminal=False)
    terminal.show(console, result, catalogue(language))
    return out.getvalue()


def documented(attempts, name="ana", language="en", **taken):
    """Make the document of a grading with these attempts."""
    submission = Submission(name, "exercises/sinmagia", {}, {}, **taken)
    grading = Grading(submission, "sandbox", attempts)
    return document(grading, EXERCISES, load(), catalogue(language))


def failed(result):
    """Give the first entry that has feedback."""
    return next(entry for entry in result["exercises"] if entry["feedback"])


@pytest.mark.parametrize("name", ["buggy", "stubs", "broken"])
def test_a_result_is_valid_and_its_score_is_the_sum_of_its_points(graded, broken, name):
    folder = {"buggy": BUGGY, "stubs": ROOT / "exercises", "broken": broken}[name]
    result = graded(folder).result
    VALIDATOR.validate(result)
    earned = {e["id"]: e["max_points"] * (e["state"] == "passed") for e in result["exercises"]}
    assert earned == {entry["id"]: entry["points"] for entry in result["exercises"]}
    assert [exercise.id for exercise in EXERCISES] == list(earned)
    assert sum(earned.values()) == result["score"]
    assert sum(exercise.points for exercise in EXERCISES) == result["max_score"]
    assert folder.name == result["submission"]


def test_the_schema_is_valid_and_leaves_nothing_open():
    Draft202012Validator.check_schema(SCHEMA)
    for part in (SCHEMA, *SCHEMA["$defs"].values()):
        assert part["properties"].keys() == set(part["required"])
        assert part["additionalProperties"] is False


@pytest.mark.parametrize(
    "spoil",
    [
        lambda result: result.pop("score"),
        lambda result: result.update(extra=1),
        lambda result: result.update(seed_id="practice"),
        lambda result: result["exercises"][0].update(state="lost"),
        lambda result: failed(result)["feedback"].update(kind="odd"),
        lambda result: failed(result)["feedback"].update(line=0),
    ],
)
def test_a_result_that_is_not_as_described_is_not_valid(graded, spoil):
    result = json.loads(json.dumps(graded(BUGGY).result))
    spoil(result)
    with pytest.raises(ValidationError):
        VALIDATOR.validate(result)


@settings(deadline=None, max_examples=30)
@given(st.tuples(*[st.sampled_from((PASSED, PENDING, ERROR, FAILED))] * len(EXERCISES)))
def test_the_score_is_null_exactly_when_the_grader_failed_somewhere(states):
    attempts = {e.id: Attempt(state) for e, state in zip(EXERCISES, states, strict=True)}
    result = documented(attempts)
    earned = sum(e.points for e, state in zip(EXERCISES, states, strict=True) if state == PASSED)
    VALIDATOR.validate(result)
    assert (None if ERROR in states else earned) == result["score"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_score_the_reports_say_so_and_name_no_points(language):
    attempts = {exercise.id: Attempt(PASSED) for exercise in EXERCISES}
    result = documented(attempts | {"chain": Attempt(ERROR)}, language=language)
    for report in (summary.render(result, catalogue(language)), shown(result, language, 500)):
        assert catalogue(language)["report.no_score"] in report
        assert "%" not in report


@pytest.mark.parametrize("language", LANGUAGES)
def test_terminal_and_summary_say_score_stages_and_what_is_next(graded, language):
    result, markdown, report, _ = graded(BUGGY, language)
    first = next(e for e in result["exercises"] if e["state"] != "passed" and e["core"])
    texts = catalogue(language)
    for text in (" ".join(report.split()), markdown.replace("\\", "")):
        assert re.search(rf"\b{result['score']} (of|de) {result['max_score']} ", text)
        assert not [s.name for s in STAGES if texts[f"stages.{s.name}.title"] not in text]
        assert f"{first['title']} ({first['id']}), {first['file']}:{first['line']}" in text


ALL_PASSED = {exercise.id: Attempt(PASSED) for exercise in EXERCISES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("count", "more"), [(0, 0), (1, 0), (10, 0), (11, 1), (20_000, 19_990)])
def test_ten_files_that_had_no_effect_are_named_and_the_others_counted(count, more, language):
    ignored = tuple(f"extra_{number}.py" for number in range(count))
    result = documented(ALL_PASSED, language=language, ignored=ignored)
    VALIDATOR.validate(result)
    assert (list(ignored[:10]), more) == (result["ignored"], result["ignored_more"])
    for report in (summary.render(result, catalogue(language)), shown(result, language, 500)):
        assert min(count, 10) == report.count("`extra_")
        assert bool(more) == (re.search(rf"` (and|y) {more} (more|más)\.", report) is not None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_given_file_that_was_changed_is_named_in_a_sentence_of_its_own(language):
    result = documented(ALL_PASSED, language=language, replaced=("sinmagia/operators.py",))
    VALIDATOR.validate(result)
    sentence = catalogue(language).say("report.replaced", files="`sinmagia/operators.py`")
    for report in (summary.render(result, catalogue(language)), shown(result, language, 500)):
        assert sentence in report


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_graphs_the_summary_says_once_what_is_what_and_what_is_thick_where_something_is(
    language,
):
    result, texts = documented(ALL_PASSED, language=language), catalogue(language)
    keys = ["kind", "message", "actual", "hint", "note", "file", "line", "lesson", "next"]
    for entry, thick in zip(
        result["exercises"], ("", "\n  style n0 stroke-width:4px", ""), strict=False
    ):
        entry["feedback"] = dict.fromkeys(keys, "") | {
            "actual": None, "program": "x = 1", "graph": f"flowchart LR\n  n0(['x'])\n{thick}"
        }  # fmt: skip
    report = summary.render(result, texts)
    said = [report.count(texts[f"report.graph{part}"]) for part in ("", "_parts", "_thick")]
    assert [3, 1, 1] == said
    assert 3 == report.count("<code>.</code>")


def test_a_name_that_is_very_long_is_shortened_in_a_result():
    result = documented(ALL_PASSED, ignored=("x" * 5000,))
    assert len(result["ignored"][0]) < 130


def test_the_commit_that_was_graded_is_in_the_result():
    result = documented(ALL_PASSED, commit="0123456789" * 4)
    VALIDATOR.validate(result)
    assert result["commit"] == "0123456789" * 4
    assert documented(ALL_PASSED)["commit"] is None


@pytest.mark.parametrize(
    ("left", "named"),
    [(["default_step", "item"], "item"), (["default_step", "truth"], "default_step")],
)
def test_an_extension_is_next_only_where_nothing_else_is_left(left, named):
    result = documented(ALL_PASSED | dict.fromkeys(left, Attempt(PENDING)))
    assert f"({named})" in next_exercise(result, catalogue("en"))


def test_a_finished_course_is_congratulated(graded):
    result, markdown, report, _ = graded(SOLUTIONS)
    assert result["score"] == result["max_score"]
    assert "Every exercise passed." in markdown
    assert "Every exercise passed." in report


def test_a_program_can_be_cut_out_of_either_report_as_it_is(graded):
    result, markdown, report, _ = graded(BUGGY)
    programs = [e["feedback"]["program"] for e in result["exercises"] if e["feedback"]]
    assert len(programs) > 1
    for program in programs:
        assert f"\n{program}\n" in report
        assert f"```python\n{program}\n```" in markdown


def test_a_program_with_long_lines_can_be_cut_out_of_the_terminal_too(graded):
    result = json.loads(json.dumps(graded(BUGGY).result))
    line = (
        f"x = torch.tensor({[i / 7 for i in range(20)]}); y = 'a string  with   {'spaces ' * 20}'"
    )
    failed(result)["feedback"]["program"] = line
    assert f"\n{line}\n" in shown(result)


def test_failures_for_the_same_reason_are_told_once(graded, broken):
    result, markdown, report, _ = graded(broken)
    entries = {entry["id"]: entry for entry in result["exercises"]}
    kinds = {e["feedback"]["kind"]: e["id"] for e in reversed(entries.values()) if e["feedback"]}
    for text in (report, markdown.replace("\\", "")):
        assert "The same cause also affects add_backward, sub_forward, sub_backward," in " ".join(
            text.split()
        )
        assert text.count("could not be imported") == 1
        assert entries["mul_forward"]["title"] not in text
    expected = {"file_missing": "first_push", "import": "add_forward", "crash": "sgd_step"}
    assert expected == kinds
