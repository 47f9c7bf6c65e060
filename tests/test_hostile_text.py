"""Hostile text: whatever a student wrote, it is only text to a terminal, a browser and a runner."""

import re
import shutil
from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from grader.curriculum.exercises import EXERCISES
from grader.curriculum.texts import catalogue
from grader.grading.attempts import Attempt
from grader.grading.compare import FAILED, PASSED, Mismatch
from grader.programs.execution import Value
from grader.reports import summary
from grader.settings import SOLUTIONS
from tests.test_reports import VALIDATOR, documented, shown

COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)  # what GitHub's runner obeys in a log

NASTY = (
    "`", "``", "```", "~~~", "\n", "\n\n", "\r", "\\", " ", "word", "a" * 70, "|", "# h", "* ",
    "<img src=x>", "<b>", "</details>", "<!--", "-->", "&lt;", "&#60;b>", "<http://e.x>", "1. ",
    "[x](http://e.x)", "![x](http://e.x)", "[x]: http://e.x", "::error::x", "##[error]x", "[red]",
    "\x1b[31m", "\x9b31m", "\x1b]0;x\x07", "\x00", "\x7f", "\u202e", "\u2028", "\ud800", "{x}",
)  # fmt: skip


def control(text):
    """Find the characters that a terminal acts on, or that no file can hold."""
    return [character for character in text if not character.isprintable() and character != "\n"]


def active(markdown):
    """Count what a browser would make of Markdown besides text: links, images, HTML, headings…"""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown)
    tokens += [child for token in tokens for child in token.children or ()]
    passive = ("text", "inline", "softbreak", "code_inline", "code_block")
    return Counter(
        (token.type, token.content if "html" in token.type else token.attrGet("href"))
        for token in tokens
        if token.type not in passive
    )


def said_by(text):
    """Grade, as it were, a submission that put `text` wherever a submission can."""
    raised = {"types": (text,), "message": text, "file": text, "line": 1}
    mismatches = (
        Mismatch("raised", words=raised),
        Mismatch("import", words=raised | {"file": None}),
        Mismatch("crash", words={"detail": text}),
        Mismatch("type", "y", None, Value("none", None), Value("other", text)),
        Mismatch("value", "y", None, Value("str", "a"), Value("str", text)),
        Mismatch("type", "y", None, Value("none", None), Value("list", [Value("str", text)])),
    )
    attempts = {exercise.id: Attempt(PASSED) for exercise in EXERCISES}
    for exercise, mismatch in zip(EXERCISES, mismatches, strict=False):
        attempts[exercise.id] = Attempt(FAILED, 1, mismatch=mismatch)
    return documented(attempts, name=text, ignored=(text, f"{text}.py"), replaced=(text,))


HOSTILE = st.lists(st.sampled_from(NASTY), min_size=1, max_size=8).map("".join)


@settings(deadline=None)
@given(HOSTILE)
@example("`<img src=x>")
@example("``a`<img src=x>")
@example("[x](http://e.x)\n\n# h\n")
def test_what_a_student_wrote_is_only_text_in_the_summary(text):
    markdown = summary.render(said_by(text), catalogue("en"))
    assert active(summary.render(said_by("word"), catalogue("en"))) == active(markdown)
    markdown.encode()


@settings(deadline=None)
@given(HOSTILE)
@example("\x1b[31mred")
@example("a" * 30 + " ::error::x")
@example("##[error]x")
def test_what_a_student_wrote_commands_neither_terminal_nor_runner(text):
    report = shown(said_by(text))
    assert not control(report)
    assert not COMMAND.findall(report)
    report.encode()


TEXT = "\x1b[31m`<img src=x>`[x](http://e.x)\n::error::x ##[error]y" + 40 * " ::error::z"
RAISE = f"""
import os
TEXT = {TEXT!r}

def numerical_gradient(f, x, h=0):
    path = os.path.join(os.path.dirname(__file__), TEXT.replace("/", ""))
    exec(compile("raise type(TEXT, (Exception,), {{}})(TEXT)", path, "exec"))
"""


def test_a_hostile_submission_is_graded_and_reported_like_any_other(tmp_path, graded):
    """The real way: a folder, a type, a message, a file name and a value, all chosen to do harm."""
    folder = tmp_path / TEXT[:40].replace("/", "")
    (folder / "sinmagia").mkdir(parents=True)
    (folder / f"{TEXT[:40].replace('/', '')}.py").write_text("")
    package = shutil.copytree(SOLUTIONS / "sinmagia", folder / "sinmagia", dirs_exist_ok=True)
    (package / "sensitivity.py").write_text(RAISE)
    tensors = (package / "tensors.py").read_text("utf-8")
    assert "return self._data.shape" in tensors
    odd = tensors.replace("return self._data.shape", f"return ({TEXT!r},)")
    (package / "tensors.py").write_text(odd)
    result, markdown, report, _ = graded(folder)
    VALIDATOR.validate(result)
    assert len(result["ignored"]) == 1
    kinds = {e["id"]: e["feedback"]["kind"] for e in result["exercises"] if e["feedback"]}
    broken = ("first_push", "numerical_gradient", "default_step", "whole_package")
    assert kinds == {"tensor_shape": "value", **dict.fromkeys(broken, "raised")}
    assert not {kind for kind, _ in active(markdown)} & {"link_open", "image", "html_inline"}
    assert not control(report)
    assert not COMMAND.findall(report)


def test_a_submission_that_answers_in_the_worker_s_place_is_reported_too(tmp_path, graded):
    """It writes into the channel, before the worker does, that its import failed: so be it."""
    package = shutil.copytree(SOLUTIONS / "sinmagia", tmp_path / "forger" / "sinmagia")
    with (package / "sensitivity.py").open("a") as file:
        file.write(
            "\nimport os\nfrom contextlib import suppress\nfrom grader.isolation import wire\n"
            "raised = {'types': [], 'message': '', 'file': None, 'line': None}\n"
            "for number in range(3, 10):\n"
            "    with suppress(OSError), os.fdopen(os.dup(number), 'wb') as channel:\n"
            "        wire.write(channel, {'failure': raised})\n"
        )
    result = graded(tmp_path / "forger").result
    VALIDATOR.validate(result)
    assert result["exercises"][0]["state"] == "failed"
