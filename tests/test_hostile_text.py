"""Hostile text: whatever a student wrote, it is only text to each reader of a report.

A reader is stood for by its parser, and by what GitHub does after it; each has a control, which
shows that the text would have been active.
"""

import csv
import io
import json
import re
import shutil
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from grader import cli, grading
from grader.curriculum.exercises import EXERCISES
from grader.curriculum.texts import catalogue
from grader.feedback.escaping import annotation, cell, fenced, html, log, markdown, plain
from grader.feedback.values import MOST_ITEMS, MOST_SHOWN, show
from grader.grading.attempts import Attempt, Grading
from grader.grading.compare import FAILED, PASSED, Mismatch
from grader.isolation.intake import Submission
from grader.programs.cases import Case
from grader.programs.execution import MOST_TEXT, Outcome, Value
from grader.programs.program import Program
from grader.reports import results, summary, terminal
from grader.settings import SOLUTIONS
from tests.test_reports import VALIDATOR, documented, shown

NASTY = (
    "`", "``", "```", "~~~", "\n", "\n\n", "\r", "\t", "\\", " ", "word", "a" * 70, "|", "# h",
    "<img src=x>", "<b>", "</details>", "<!--", "-->", "&lt;", "&#60;b>", "<http://e.x>", "* ",
    "[x](http://e.x)", "![x](http://e.x)", "[x]: http://e.x", "::error::x", "##[error]x", "[red]",
    "> ", "- ", "+ ", "===", "---", "[^1]", "[^1]: ", "[ ] ", "1. ", "1) ", "~~x~~", "**x**", "_x_",
    "|-|", "7", "@everyone", "@o/team", "#1", "GH-2", "gh-3", "o/r#4", "o/r@0123abc", "a@e.xy",
    "http://e.x", "https://", "www.e.x", "ftp://e.x", ":x:", ":100:", "$", "$x$", "@", "#", ":",
    "::", "[", "=1+1", "+1", "-1", "@SUM(1)", "\uff1d1", "\uff0d1", "\ufe631", ";", ",", '"', "'",
    "=", "%", "%0A", "\x1b[31m", "\x9b31m", "\x1b]0;x\x07", "\x1b]8;;http://e.x\x07", "\x00",
    "\x7f", "\u202e", "\u2066", "\u200b", "\ufeff", "\ufe0f", "\u3164", "\xa0", "\x85", "\u2028",
    "\ud800", "{x}", "{0}",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(NASTY), min_size=1, max_size=8).map("".join)


def said_by(text):
    """Grade, as it were, a submission that put `text` wherever a submission can."""
    raised = {"types": (text,), "message": text, "file": text, "line": 100}
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


# Every reader: what `plain` gives.


def control(text):
    """Find the characters that a terminal acts on, or that no file can hold."""
    return [character for character in text if not character.isprintable() and character != "\n"]


@given(HOSTILE, st.integers(1, 40))
def test_text_of_a_submission_is_short_visible_and_stays_as_it_is(text, most):
    clean = plain(text, most)
    assert len(clean) <= most
    assert not control(clean)
    assert not set(clean) & set("`\n\ufe0f\u3164")
    assert clean == plain(clean, most)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("a [31m'b'   c", "a\x1b[31m`b`\u202e\n\ud800c"),
        ("español, 中文: 1:2 # [x]", "español, 中文: 1:2 # [x]"),
        (": :error: :x", "::error::x"),
        ("## [error]x", "##[error]x"),
        ("a: ", "a:"),
        ("x" * (MOST_TEXT - 1) + "…", "x" * (MOST_TEXT + 1)),
        ("x" * MOST_TEXT, "x" * MOST_TEXT),
        ("", ""),
    ],
)
def test_text_of_a_submission_keeps_what_is_only_text(expected, text):
    assert expected == plain(text)


# A terminal, and a workflow log, in which rich breaks lines anywhere.

COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)  # what GitHub's runner obeys in a log
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@settings(deadline=None)
@given(HOSTILE, st.integers(8, 90))
@example("\x1b[31mred", 80)
@example("a" * 30 + " ::error::x", 80)
@example("a" * 46 + ":::::error::x", 80)
@example("##[error]x", 80)
@example(":", 80)
def test_what_a_student_wrote_commands_neither_terminal_nor_runner(text, width):
    report = shown(said_by(text), width=width)
    assert not control(report)
    assert not COMMAND.findall(report)
    report.encode()


@given(HOSTILE)
@example("\n::error::x")
def test_a_line_of_ours_with_a_path_in_it_is_no_command(text):
    line = log(f"{text} is `{text}`: {text}")
    assert not control(line)
    assert not COMMAND.findall(line)
    assert [line] == line.splitlines()


@settings(deadline=None)
@given(HOSTILE)
def test_a_terminal_in_colour_gets_colours_and_text(text):
    out = io.StringIO()
    console = Console(file=out, width=80, color_system="truecolor", force_terminal=True)
    terminal.show(console, said_by(text), catalogue("en"))
    assert COLOUR.search(out.getvalue())
    assert not control(COLOUR.sub("", out.getvalue()))


MARKUP = "[bold]b[/bold] :smiley: [link=http://e.x]c[/link]"


def test_neither_markup_nor_emoji_nor_links_are_read_on_a_terminal():
    word = "x" * len(MARKUP)
    often = shown(said_by(word), width=500).count(word)
    assert often == shown(said_by(MARKUP), width=500).count(MARKUP)


def test_control_a_terminal_and_a_runner_would_have_acted():
    console = Console(file=io.StringIO(), width=20)
    console.print(MARKUP)
    assert "[bold]" not in console.file.getvalue()
    console.print("a" * 18 + " ::error::x", markup=False)
    assert COMMAND.findall(console.file.getvalue())
    assert COMMAND.findall("see ##[error]x")
    assert control("\x1b]8;;http://e.x\x07")


# Markdown, as GitHub shows it.

GITHUB = {  # what it makes of a page's text, outside code: a name, a reference, a link …
    "mention": re.compile(r"(?:^|\W)@\w"),
    "reference": re.compile(r"#\d|\bgh-\d", re.IGNORECASE),
    "commit": re.compile(r"\w@[0-9a-f]{7}"),
    "link": re.compile(r"\w+://|www\.|[\w.+-]@\w", re.IGNORECASE),
    "emoji": re.compile(r":[\w+-]+:"),
    "formula": re.compile(r"\$[^$]+\$"),
}


class Page(HTMLParser):
    """What is active on a page: its elements and comments, and what GitHub makes of its text."""

    def __init__(self, text):
        super().__init__()
        self.active, self.text, self.code = Counter(), [""], 0
        self.feed(text)
        self.close()
        self.active += Counter(
            name for part in self.text for name, sign in GITHUB.items() if sign.search(part)
        )

    def handle_starttag(self, tag, attributes):
        self.text.append("")
        self.code += tag == "code"
        self.active[tag, *attributes] += tag != "span"  # which changes nothing

    def handle_endtag(self, tag):
        self.text.append("")
        self.code -= tag == "code"

    def handle_data(self, data):
        self.text[-1] += data * (not self.code)

    def handle_comment(self, data):
        self.active["comment"] += 1


def page_of(text):
    """Read Markdown as GitHub does."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return Page(reader.render(text))


def active(text):
    """Count what a browser would make of Markdown besides text: links, images, HTML, headings…"""
    return page_of(text).active


@settings(deadline=None)
@given(HOSTILE)
@example("`<img src=x>")
@example("``a`<img src=x>")
@example("[x](http://e.x)\n\n# h\n")
def test_what_a_student_wrote_is_only_text_in_the_summary(text):
    page = summary.render(said_by(text), catalogue("en"))
    assert active(summary.render(said_by("word"), catalogue("en"))) == active(page)
    page.encode()


@given(HOSTILE)
@example("1.")
@example("-\n-")
def test_a_paragraph_of_markdown_has_nothing_but_text_and_code(text):
    page = markdown(text)
    assert active(page).keys() <= {("p",), ("code",)}
    outside = re.sub("`[^`]+`", "", page.replace("\\`", ""))
    assert not re.search(r"(?<!\\)(\\\\)*\[\^", outside)  # a footnote, which this parser lacks


@given(HOSTILE)
@example("&lt;")
@example("a|b")
def test_a_page_and_a_table_on_it_say_what_the_text_says(text):
    text = plain(text)
    page = page_of(f"{markdown(text)}\n\na|b\n-|-\n{markdown(text)} | b")
    assert " ".join(f"{text} a b {text} b".split()) == " ".join("".join(page.text).split())


@given(HOSTILE)
@example("\n```\n# h")
@example("\n````\n# h")
def test_what_is_fenced_is_one_block_of_code(text):
    lines = plain(text) + "\n" + text.replace("\r", "")
    assert Counter({("pre",): 1, ("code",): 1}) == active(fenced(lines))


@pytest.mark.parametrize("text", ["@everyone", "a @o/team", "#1", "o/r#4", "GH-2", "o/r@0123abc",
                                  "a@e.xy", "http://e.x", "ftp://e.x", "www.e.x", ":x:", ":100:",
                                  "$x$", "&#64;x", "\\@x", "<!-- x -->", "<b>", "- x", "1. x",
                                  "1) x", "# x", "> x", "---", "===\n---", "x\n===", "~~x~~", "*x*",
                                  "x|y\n-|-\nz|z", "![x](y)", "```\nx"])  # fmt: skip
def test_control_markdown_would_have_been_active(text):
    assert not active(text).keys() <= {("p",)}
    assert active(markdown(plain(text))).keys() <= {("p",)}


# HTML.


@given(HOSTILE)
def test_html_shows_text_as_it_is(text):
    text = plain(text)
    page = Page(f'<p title="{html(text)}">{html(text)}</p>')
    assert [("p", ("title", text))] == [tag for tag in page.active if tag[0] == "p"]
    assert ["", text, ""] == page.text


@pytest.mark.parametrize("text", ["<b>", '"><b>', "<!--x-->", "&lt;"])
def test_control_html_would_have_been_active(text):
    page = Page(f'<p title="{text}">{text}</p>')
    assert ({("p", ("title", text)): 1}, ["", text, ""]) != (dict(page.active), page.text)


# CSV, and the spreadsheet that opens it, in whatever country.

FORMULA = re.compile(r"\s*[=+@\uff0b\uff0d\uff1d\uff20\ufe62\ufe63\ufe66\ufe6b-]")


def opened(text, delimiter):
    """Write a text into a table, and give the cells that a spreadsheet finds; the last is ours."""
    file = io.StringIO(newline="")
    csv.writer(file).writerow(["ana", text, -3])
    return [x for row in csv.reader(file.getvalue().splitlines(), delimiter=delimiter) for x in row]


def formulas(text):
    """Find the cells that a spreadsheet would compute, by either sign that ends a cell."""
    found = opened(text, ",")[:-1] + opened(text, ";")
    return [x for x in found if FORMULA.match(x)]


@given(HOSTILE)
def test_no_cell_of_a_table_is_a_formula(text):
    text = cell(plain(text))
    assert ["ana", text, "-3"] == opened(text, ",")
    assert not formulas(text)


@pytest.mark.parametrize("text", ["=1+1", " =1", "\xa0+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1",
                                  "\uff1d1", "\uff201", "x;=1", "x; -1"])  # fmt: skip
def test_control_a_spreadsheet_would_have_computed(text):
    assert formulas(text)
    assert not formulas(cell(text))


@pytest.mark.parametrize("text", ["ana", "ana-maría", "a=b", "3", "", "x, -y"])
def test_a_cell_that_is_no_formula_stays_as_it_is(text):
    assert text == cell(text)


# A command to GitHub's runner.


def obeyed(log):
    """Read the commands of a log, as the runner does."""
    for line in re.split(r"[\r\n]+", log):
        head, found, message = line.lstrip().removeprefix("::").partition("::")
        if line.lstrip().startswith("::") and found:
            name, _, rest = head.partition(" ")
            pairs = (pair.partition("=") for pair in rest.strip().split(",") if pair)
            yield name, {key: unescaped(value) for key, _, value in pairs}, unescaped(message)


def unescaped(text):
    for code, sign in ("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"):
        text = text.replace(code, sign)
    return text


@given(HOSTILE)
def test_an_annotation_is_one_command_that_says_what_it_was_given(text):
    command = annotation("error", text, file=text, line=3)
    assert [("error", {"file": text, "line": "3"}, text)] == list(obeyed(command))


def test_an_annotation_is_written_as_the_runner_reads_it():
    assert "::error file=a%3A%2C%25,line=3::100%25%0A::x" == annotation(
        "error", "100%\n::x", file="a:,%", line=3
    )
    assert "::notice::well" == annotation("notice", "well")


def test_control_an_annotation_that_is_not_escaped_is_two_commands():
    assert 2 == len(list(obeyed("::error file=x::x\n::error::y")))
    assert {"file": "a", "line": "1"} == next(obeyed("::error file=a,line=1::x"))[1]


# JSON.


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HOSTILE)
@example(text="\ud800\x00\x1b")
def test_the_result_is_a_file_that_any_program_reads(tmp_path, text):
    path = tmp_path / "results.json"
    results.write(path, said_by(text))
    data = path.read_bytes().decode("utf-8", errors="strict")
    assert said_by(text)["exercises"] == json.loads(data)["exercises"]
    assert not control(data)


def test_control_such_a_file_could_not_be_written(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        results.write(tmp_path / "results.json", {"name": "\ud800"})


# How long a report can get.

LONG = Value("array", np.full((10,) * 4, -1.25))
DEEP = Value("array", np.full((2,) * 16, -1.25))
SQUARES = Value("list", [Value("str", "\U0001f7e5" * MOST_TEXT)] * 100)
CUT = catalogue("en").say("report.cut", most=MOST_SHOWN)


def feedback_on(mismatch):
    """Give the feedback on a submission that fails once."""
    attempts = {exercise.id: Attempt(PASSED) for exercise in EXERCISES}
    attempts["first_push"] = Attempt(FAILED, mismatch=mismatch)
    (found,) = filter(None, (e["feedback"] for e in documented(attempts)["exercises"]))
    return found


@pytest.mark.parametrize(
    "value",
    [LONG, SQUARES, Value("list", [SQUARES] * 100), Value("list", [Value("tuple", [DEEP] * 100)])],
    ids=["array", "list", "lists", "arrays"],
)
@pytest.mark.parametrize("kind", ["type", "value"])
def test_a_long_value_is_cut_and_the_report_says_so(value, kind):
    found = feedback_on(Mismatch(kind, "y", None, Value("list", []), value))
    assert found["actual"].endswith(CUT)
    assert MOST_SHOWN + len(CUT) == len(found["actual"])
    assert len(found["message"]) < 2 * MOST_TEXT
    assert len(show(value)) < 10 * MOST_SHOWN  # nor was it written further before it was cut


def test_an_array_of_many_dimensions_is_shown_flat_with_its_shape():
    found = feedback_on(Mismatch("shape", "y", None, Value("array", np.ones(2)), DEEP))
    three = ", ".join(["-1.25"] * 3)
    assert f"[{three}, ..., {three}] shape={(2,) * 16}" == " ".join(found["actual"].split())


def test_a_value_that_is_not_long_is_shown_whole():
    value = Value("list", [Value("int", number) for number in range(MOST_ITEMS)])
    found = feedback_on(Mismatch("value", "y", None, Value("list", []), value))
    assert str(list(range(MOST_ITEMS))) == found["actual"]


def everything_fails(mismatch):
    """Grade, as it were, a submission that fails everywhere, each time with another message."""
    program = Program("x = np.ones(3)\n" * 200, {}, ("x",))
    attempts = {}
    for number, exercise in enumerate(EXERCISES):
        case = Case(program, Outcome((Value("none", None),)))
        attempts[exercise.id] = Attempt(FAILED, mismatch=mismatch(number), case=case)
    return documented(attempts)


def test_the_worst_summary_fits_on_github_s_page_and_says_what_is_left_out():
    """Each sign of its text takes an escape, and it raises where it also gives a long value."""
    most = 1 << 20

    def worst(number):
        words = {"types": ("$" * 300,), "message": f"{number}{'$' * 300}", "file": "$", "line": 1}
        return Mismatch("raised", "y", None, LONG, SQUARES, words)

    result = everything_fails(worst)
    page = summary.render(result, catalogue("en"))
    told = page.count("\n### ")
    assert len(page.encode()) < most
    assert 50 < told < len(EXERCISES)
    assert markdown(catalogue("en").say("report.more", count=len(EXERCISES) - told)) in page


def test_a_summary_of_long_values_only_leaves_nothing_out():
    page = summary.render(everything_fails(lambda _: Mismatch("value", "y", None, LONG, LONG)),
                          catalogue("en"))  # fmt: skip
    assert len(EXERCISES) == page.count("\n### ")


# The real way.

TEXT = (
    "\x1b[31m`<img src=x>`[x](http://e.x)\n::error::x ##[error]y @o #1 :x: $y$" + 40 * " ::error::z"
)
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
    result, page, report, _ = graded(folder)
    VALIDATOR.validate(result)
    assert len(result["ignored"]) == 1
    kinds = {e["id"]: e["feedback"]["kind"] for e in result["exercises"] if e["feedback"]}
    broken = ("first_push", "numerical_gradient", "default_step", "whole_package")
    assert kinds == {"tensor_shape": "value", **dict.fromkeys(broken, "raised")}
    known = "h1 h2 h3 p strong blockquote table thead tbody tr th td ul li pre code details summary"
    assert not {name for name, *_ in active(page)} - set(known.split())
    assert not control(report)
    assert not COMMAND.findall(report)


def test_a_folder_that_cannot_be_used_commands_nothing_by_its_name(grader, tmp_path):
    done = grader("grade", tmp_path / "a\n::error::x\x1b[31m ##[error]y")
    assert "error: :x" in done.stderr
    assert not control(done.stderr)
    assert not COMMAND.findall(done.stderr)


def test_a_fault_of_ours_that_quotes_a_submission_commands_nothing(monkeypatch, capsys):
    def grade_taken(*_):
        attempts = {exercise.id: Attempt(PASSED) for exercise in EXERCISES}
        faults = {"first_push": ValueError("not a number: '\n::error::x\x1b[31m ##[error]y'")}
        return Grading(Submission("ana", "sinmagia", {}, {}), "none", attempts, faults)

    monkeypatch.setattr(grading, "take", lambda *_: None)
    monkeypatch.setattr(grading, "grade_taken", grade_taken)
    with pytest.raises(SystemExit):
        cli.commands(["grade", "anywhere", "--isolation", "none"], standalone_mode=False)
    said = capsys.readouterr()
    assert "first_push: ValueError: not a number" in said.err
    assert not control(said.out + said.err)
    assert not COMMAND.findall(said.out + said.err)


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
