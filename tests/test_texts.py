"""The texts: the same in every language, signed translations, short sentences in a tutor's tone."""

import ast
import inspect
import json
import re
import shutil
from string import Formatter

import numpy as np
import pytest
from click.testing import CliRunner

from grader.cli import commands
from grader.curriculum import texts
from grader.curriculum.exercises import EXERCISE, EXERCISES
from grader.feedback.wording import message
from grader.grading.compare import Mismatch
from grader.isolation.intake import Submission
from grader.programs import predicates
from grader.programs.execution import Value
from grader.release.stubs import docstrings
from grader.reports.results import SCHEMA_FILE
from grader.settings import COURSE, UsageError, load
from grader.verify import sources, texts_complete
from tests import tone

LANGUAGES = load().languages
FEEDBACK = json.loads(SCHEMA_FILE.read_text("utf-8"))["$defs"]["feedback"]
KINDS = FEEDBACK["properties"]["kind"]["enum"]
COMPLAINTS = sorted(
    node.value.value
    for node in ast.walk(ast.parse(inspect.getsource(predicates)))
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value
)
STALE = (
    "es: stub.points_one translates an older text of en; "
    "revise it, then: grader sign es stub.points_one"
)
SUBMISSION = Submission("ana", "exercises/sinmagia", {}, {})


def said(language):
    """Give what a student reads in a language: its catalogue, lessons, README, and docstrings."""
    pages = {path.name: path.read_text("utf-8") for path in (COURSE / language).rglob("*.md")}
    return {**docstrings(), **texts.catalogue(language), **pages}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Copy course/ to where it may be spoilt, and read the texts from there."""
    copy = shutil.copytree(COURSE, tmp_path / "course")
    monkeypatch.setattr(texts, "COURSE", copy)
    texts.catalogue.cache_clear()
    yield copy
    texts.catalogue.cache_clear()


def plant(course, language, name, line):
    """Put `line` in the place of the one text called `name` among a language's messages."""
    path = course / language / "catalogue" / "messages.toml"
    lines = path.read_text("utf-8").split("\n")
    (at,) = [i for i, old in enumerate(lines) if old.startswith(f"{name} = ")]
    lines[at] = line
    path.write_text("\n".join(lines), encoding="utf-8")
    texts.catalogue.cache_clear()


def test_every_language_has_the_same_texts_with_the_same_placeholders_up_to_date():
    assert not texts_complete()


@pytest.mark.parametrize(
    ("language", "name", "line", "fault"),
    [
        ("es", "points_one", "", "es: missing stub.points_one"),
        ("en", "points_one", "", "es: stub.points_one is not in en"),
        ("es", "points_one", 'points_one = ""', "es: stub.points_one is empty"),
        ("es", "points_one", 'points_one = " "', "es: stub.points_one is empty"),
        ("es", "points_many", 'points_many = "{n} puntos"',
         "es: stub.points_many has other placeholders than in en"),
        ("es", "points_many", 'points_many = "{points puntos"',
         "es: stub.points_many has other placeholders than in en"),
        ("en", "points_one", 'points_one = "one point"', STALE),
    ],
    ids=["missing", "extra", "empty", "blank", "placeholder", "open brace", "changed source"],
)  # fmt: skip
def test_a_faulty_text_is_noticed_with_its_language_and_key(course, language, name, line, fault):
    before = set(texts_complete())
    plant(course, language, name, line)
    assert {fault} == set(texts_complete()) - before


def test_a_hint_that_one_language_lacks_is_noticed(course):
    before = set(texts_complete())
    path = course / "es" / "catalogue" / "3-backward.toml"
    text = path.read_text("utf-8")
    start = text.index("hints = [", text.index("[exercises.chain]"))
    end = text.index("\n]", start)
    path.write_text(text[: text.rindex("\n", start, end)] + text[end:], encoding="utf-8")
    texts.catalogue.cache_clear()
    assert {"es: missing exercises.chain.hints.2"} == set(texts_complete()) - before


def test_a_docstring_that_changed_has_to_be_translated_again(course):
    key = "docstrings.autograd.py.backward"
    path, signed = texts.translated("es")
    path.write_text(json.dumps({**signed, key: texts.fingerprint("an older docstring")}))
    assert any(fault.startswith(f"es: {key} translates an older") for fault in texts_complete())


@pytest.mark.parametrize("line", ["points_one = 1 punto", "points_one = 1"])
def test_a_catalogue_that_cannot_be_read_is_one_error_with_its_file(course, line):
    plant(course, "es", "points_one", line)
    with pytest.raises(UsageError) as caught:
        texts_complete()
    assert course / "es" / "catalogue" / "messages.toml" == caught.value.values["file"]


def test_signing_makes_the_keys_current_that_are_named_and_no_others(course):
    before = set(texts_complete())
    plant(course, "en", "points_one", 'points_one = "one point"')
    plant(course, "en", "column_stage", 'column_stage = "Part"')
    stale = set(texts_complete()) - before
    texts.sign("es", sources("es"), {"stub.points_one"})
    left = {fault for fault in stale if "report.column_stage" in fault}
    assert len(stale) == 2
    assert left == set(texts_complete()) - before


@pytest.mark.parametrize(
    ("words", "code"),
    [(["es", "stub.points_one"], 0), (["es", "--all"], 0), (["es", "no.key"], 2), (["en"], 2)],
    ids=["key", "all", "unknown key", "the source itself"],
)
def test_the_command_sign_signs_known_keys_of_translations(course, words, code):
    plant(course, "en", "points_one", 'points_one = "one point"')
    done = CliRunner().invoke(commands, ["sign", *words])
    stale = any("stub.points_one translates" in fault for fault in texts_complete())
    assert (code, code == 2) == (done.exit_code, stale)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_an_exercise_has_three_different_hints(exercise, language):
    prefix = f"exercises.{exercise.id}.hints."
    hints = {k: text for k, text in texts.catalogue(language).items() if k.startswith(prefix)}
    assert {f"{prefix}{number}" for number in range(3)} == hints.keys()
    assert len(set(hints.values())) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_called_easy(language):
    found = {key: tone.faults(text, most=len(text)) for key, text in said(language).items()}
    assert {key: words for key, words in found.items() if words} == {}


NUMBERS = Value("array", np.array([1.0])), Value("array", np.array([2.0]))
LOST = ("time", "crash", "files", "protocol", "unasked")
WHERE = {"types": ("ValueError",), "message": "no", "file": "optim.py", "line": 3}
MISMATCHES = {
    "value": Mismatch("value", "y", (0,), *NUMBERS),
    "shape": Mismatch("shape", "y", None, *NUMBERS),
    "dtype": Mismatch("dtype", "y", None, *NUMBERS),
    "type": Mismatch("type", "y", None, Value("tuple", []), Value("other", "Odd")),
    "mutated": Mismatch("mutated", "a", None, *NUMBERS),
    "not_raised": Mismatch("not_raised", words={"error": "RuntimeError"}),
    **{kind: Mismatch(kind, words=WHERE) for kind in ("raised", "import")},
    **{kind: Mismatch(kind, words={"detail": "3"}) for kind in LOST},
    "complaint": Mismatch(
        "complaint", words={"complaint": "bias_shape", "out_features": 2, "shapes": [(2, 3), (3,)]}
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_failure_is_said_in_a_whole_sentence(kind, language):
    mismatch = MISMATCHES.get(kind, Mismatch(kind))
    sentence = message(mismatch, EXERCISE["sgd_step"], SUBMISSION, True, texts.catalogue(language))
    assert re.search(r"[.?)]$", sentence)
    assert not re.search(r"[{}]|None|Value\(", sentence)


VARIANTS = {
    "exit",
    "import_module",
    "length",
    "limited",
    "mutated_whole",
    "objects",
    "raised_other",
    "raised_outside",
    "recursion",
    "value_long",
    "value_plain",
}


def test_every_sentence_about_a_failure_is_of_some_kind():
    said = {key.partition(".")[2] for key in texts.catalogue("en") if key.startswith("failure.")}
    assert {*KINDS, *VARIANTS} - {"complaint"} == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_complaint_of_a_predicate_has_its_words_and_their_values(language):
    wanted = {f"complaint.{complaint}" for complaint in COMPLAINTS}
    have = {
        key: text for key, text in texts.catalogue(language).items() if key[:10] == "complaint."
    }
    assert wanted == have.keys()
    params = set(inspect.signature(predicates.uniform_parameters).parameters) - {"values"}
    params |= {"shapes[0]", "shapes[1]"}
    for key, text in have.items():
        assert {name for _, name, _, _ in Formatter().parse(text) if name} <= params, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_value_a_check_expects_has_its_words(language):
    kinds = {"tensor", "array", "dtype", "none", "bool", "int", "float", "str", "tuple", "list"}
    for kind in (*kinds, "other"):
        value = Value(kind, "Odd" if kind == "other" else None)
        other = Mismatch("type", "y", None, NUMBERS[0], value)
        sentence = message(other, EXERCISE["sgd_step"], SUBMISSION, True, texts.catalogue(language))
        assert texts.catalogue(language)[f"kind.{kind}"].format(name="Odd") in sentence
