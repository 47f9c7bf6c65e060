"""The page of messages: everything a student can be told is on it, and keeps the rules of tone."""

import re

import pytest
from click.testing import CliRunner

from grader.cli import commands
from grader.curriculum.exercises import EXERCISES
from grader.curriculum.misconceptions import misconceptions
from grader.curriculum.texts import catalogue, placeholders
from grader.reports.messages import OF_THE_LECTURER, ROOMS, messages, page
from grader.settings import load
from tests import tone
from tests.test_hostile_text import Page

LANGUAGES = load().languages
TEXTS = [catalogue(language) for language in LANGUAGES]
ALL = [message for _, section in messages(TEXTS) for message in section]
NO_SENTENCE = r"exercises\.\w+\.do|stub\.todo"


def test_every_text_of_exercises_reports_and_misconceptions_is_on_the_page_once():
    rooms = (*ROOMS, "exercises", "stages")
    wanted = {key for key in TEXTS[0] if key.startswith(tuple(f"{room}." for room in rooms))}
    wanted |= {f"misconceptions.{e.exercise}.{e.id}" for e in misconceptions().values()}
    keys = [message.key for message in ALL]
    assert wanted - set(OF_THE_LECTURER) == set(keys)
    assert len(keys) == len(set(keys))


def test_each_exercise_stands_with_its_hints_and_misconceptions():
    keys = [message.key for message in ALL if not message.key.startswith("stages.")]
    for exercise in EXERCISES:
        places = [at for at, key in enumerate(keys) if key.split(".")[1] == exercise.id]
        assert places == list(range(places[0], places[0] + len(places))), exercise.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_placeholder_is_left_on_the_page(language):
    left = {m.key for m in ALL if re.search(r"\{\w+\}", m.by_language[language])}
    taken = {key for key in left if placeholders(catalogue(language)[key])}
    assert taken == set()


def test_the_page_has_a_column_for_each_language_and_loads_nothing():
    text = page(TEXTS)
    for language in LANGUAGES:
        assert len(ALL) == text.count(f'<td lang="{language}">')
    assert not {name for name, *_ in Page(text).active} & {"script", "link", "img", "iframe"}


def test_a_sign_of_html_in_a_text_stays_text():
    """There is one in the texts: a hint asks about `a[a < 0] = 0`."""
    assert "<code>a[a &lt; 0] = 0</code>" in page(TEXTS)


def test_the_command_writes_the_page(tmp_path):
    done = CliRunner().invoke(commands, ["messages", str(tmp_path / "page.html")])
    assert (0, page(TEXTS)) == (done.exit_code, (tmp_path / "page.html").read_text("utf-8"))


SOLUTION = tone.solution_lines()
RIGHT = {f"misconceptions.{entry.exercise}.{entry.id}": tone.telling(entry.right)
         for entry in misconceptions().values()}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message", ALL, ids=lambda message: message.key)
def test_a_message_is_short_and_kind_and_does_not_give_the_solution(message, language):
    most = tone.MOST_WORDS
    if re.fullmatch(NO_SENTENCE, message.key):
        most = tone.MOST_WORDS_OF_A_TASK
    secret = SOLUTION | RIGHT.get(message.key, set())
    assert tone.faults(message.by_language[language], secret, most) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message", [m for m in ALL if m.key in RIGHT], ids=lambda m: m.key)
def test_the_hint_of_a_misconception_ends_by_asking(message, language):
    assert message.by_language[language].endswith("?")


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("46 words", "word " * 46),
        ("just", "Why not just add them?"),
        ("simplemente", "Suma simplemente los dos."),
        ("fácil", "Es fácil, ¿no?"),
        ("gráfico", "¿Qué dice el gráfico?"),
        ("a * b - 7 * c", "What about `return a * b - 7 * c`?"),
    ],
)
def test_a_breach_of_a_rule_is_found(fault, text):
    assert [fault] == tone.faults(text, tone.telling("    return a * b - 7 * c\n"))


def test_lines_of_the_solution_are_known():
    assert len(SOLUTION) > 30
