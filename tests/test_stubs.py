"""Stubs: a solution region becomes a TODO, docstrings the student's, and no solution is left."""

import ast
import inspect
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.curriculum.exercises import EXERCISE, EXERCISES
from grader.curriculum.texts import Texts, catalogue
from grader.release import stubs
from grader.settings import SOLUTIONS, STUBS, UsageError, load

LANGUAGES = load().languages
SOLVED = {
    path.relative_to(SOLUTIONS / "sinmagia").as_posix(): path.read_text("utf-8")
    for path in (SOLUTIONS / "sinmagia").rglob("*.py")
}
BEGIN, END = "    ### BEGIN SOLUTION", "    ### END SOLUTION"
HEAD = ["def unbroadcast(grad, shape):", '    """Sum."""']
ONE = "\n".join([*HEAD, BEGIN, "    return 0", END])


def flat(text):
    """Give comments or a text as one line of words."""
    return " ".join(line.strip().removeprefix("#").strip() for line in text.splitlines())


def docstrings(source):
    """Give a file's docstrings by the name of what they describe."""
    found = {}

    def walk(node, path):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.ClassDef, ast.FunctionDef)):
                found[".".join((*path, child.name))] = ast.get_docstring(child)
                walk(child, (*path, child.name))

    tree = ast.parse(source)
    walk(tree, ())
    return {"module": ast.get_docstring(tree)} | {name: doc for name, doc in found.items() if doc}


@pytest.mark.parametrize(
    ("lines", "line", "what"),
    [
        ([*HEAD, BEGIN, "    a = 1", BEGIN, "    a = 2", END], 5, "region_nested"),
        ([*HEAD, BEGIN, "    a = 1"], 3, "region_unclosed"),
        ([*HEAD, "    a = 1", END], 4, "region_unopened"),
        ([*HEAD, BEGIN, "    a = 1", END, END], 6, "region_unopened"),
        ([*HEAD, "    # BEGIN SOLUTION", "    a = 1", END], 3, "region_marker"),
        ([*HEAD, BEGIN, "    a = 1", "    ###END SOLUTION"], 5, "region_marker"),
        ([*HEAD, BEGIN, END], 3, "region_empty"),
        ([*HEAD, BEGIN, "", "    ", END], 3, "region_empty"),
        ([HEAD[0], BEGIN, END], 2, "region_empty"),
    ],
)
def test_a_region_that_is_not_well_formed_is_an_error_with_file_and_line(lines, line, what):
    with pytest.raises(UsageError) as caught:
        stubs.regions("\n".join(lines) + "\n", "autograd.py")
    assert {"file": "autograd.py", "line": line, "what": what} == caught.value.values
    assert catalogue("en").error(caught.value).startswith(f"autograd.py:{line}: ")


@pytest.mark.parametrize("symbol", ["helper", "Linear", None])
def test_a_region_outside_every_exercises_symbol_is_an_error(symbol):
    source = ONE.replace("unbroadcast", symbol) if symbol else f"{BEGIN}\na = 0\n{END}".strip()
    with pytest.raises(UsageError) as caught:
        stubs.stub(source, "autograd.py", catalogue("en"))
    where = {"file": "autograd.py", "line": 3 if symbol else 1}
    assert where | {"what": "region_homeless"} == caught.value.values


def test_a_region_belongs_to_the_innermost_symbol_around_it():
    lines = ["class SGD:", *(f"    {line}" for line in (HEAD[0], BEGIN, "    pass", END))]
    expected = [stubs.Region(3, 5, "SGD.unbroadcast")]
    assert expected == stubs.regions("\n".join(lines), "optim.py")


@pytest.mark.parametrize(("language", "read"), [("en", "Read: "), ("es", "Para leer: ")])
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_a_todo_says_what_to_do_where_to_read_and_raises(exercise, language, read):
    text = stubs.stubs(language)[exercise.file]
    do = catalogue(language)[f"exercises.{exercise.id}.do"]
    lesson, anchor = exercise.lesson.split("#")
    anchors = re.findall(rf"{read}{lesson}((?:,? ?#[\w-]+)+)", flat(text))
    assert f"# TODO {exercise.id} (" in text
    assert f" {flat(do)} " in flat(text)
    assert anchor in re.findall(r"[\w-]+", " ".join(anchors))
    assert raised(text).count(exercise.id) == 1


def raised(text):
    """List the exercises that a stub says are still to be done."""
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Raise))
    words = (call.exc.args[0] for call in calls if call.exc.func.id == "NotImplementedError")
    return [name for word in words if isinstance(word, ast.Constant) for name in word.value.split()]


@pytest.mark.parametrize(
    ("language", "points", "words"),
    [("en", 1, "1 point"), ("en", 6, "6 points"), ("es", 1, "1 punto"), ("es", 6, "6 puntos")],
)
def test_a_todo_counts_its_points_in_words(monkeypatch, language, points, words):
    only = replace(EXERCISE["unbroadcast_new"], points=points)
    monkeypatch.setattr(stubs, "EXERCISES", (only,))
    text = stubs.stub(ONE, "autograd.py", catalogue(language))
    assert f"    # TODO unbroadcast_new ({words}): " in text


@pytest.mark.parametrize(
    ("language", "words"), [("en", "(6 points, extension)"), ("es", "(6 puntos, ampliación)")]
)
def test_a_todo_says_that_an_exercise_is_an_extension(monkeypatch, language, words):
    only = replace(EXERCISE["unbroadcast_new"], points=6, core=False)
    monkeypatch.setattr(stubs, "EXERCISES", (only,))
    assert words in stubs.stub(ONE, "autograd.py", catalogue(language))


def test_a_stub_that_is_called_raises_not_implemented_with_the_exercise_s_id():
    namespace = {}
    exec(stubs.stub(ONE, "autograd.py", catalogue("en")), namespace)
    with pytest.raises(
        NotImplementedError, match=r"^unbroadcast_new unbroadcast_ones unbroadcast_scalar$"
    ):
        namespace["unbroadcast"](None, ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_of_a_solution_survives(language, secret_lines):
    for file, text in stubs.stubs(language).items():
        assert not secret_lines & set(map(str.strip, text.splitlines())), file
        assert "SOLUTION" not in text, file


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(("", "One.", "One.\n\nTwo.\nThree.")), min_size=1, max_size=3),
       st.sampled_from(("Uno.", "Uno.\n\nDos.\n\nTres.\nCuatro.")))  # fmt: skip
def test_no_line_of_a_solution_survives_a_docstring_inside_it(inside, translation):
    lines = [*HEAD, BEGIN]
    translated = dict(catalogue("es"))
    for number, text in enumerate(inside):
        lines += [f"    def helper{number}():"]
        lines += [f"        {line}".rstrip() for line in f'"""{text}"""'.split("\n") if text]
        lines += [f"        return secret{number}"]
        translated[f"docstrings.autograd.py.unbroadcast.helper{number}"] = translation
    texts = Texts("es")
    texts._texts = translated
    text = stubs.stub("\n".join([*lines, END, "", "given = 1"]), "autograd.py", texts)
    assert "secret" not in text
    assert "SOLUTION" not in text
    assert "given = 1" in text


def test_a_docstring_inside_a_solution_is_not_among_those_to_translate(tmp_path, monkeypatch):
    lines = [*HEAD, BEGIN, "    def helper():", '        """Help."""', END]
    stubs.write(tmp_path / "sinmagia", {"autograd.py": "\n".join(lines)})
    monkeypatch.setattr(stubs, "SOLUTIONS", tmp_path)
    assert stubs.docstrings() == {"docstrings.autograd.py.unbroadcast": "Sum."}


def test_english_stubs_keep_the_docstrings_of_the_source():
    for file, text in stubs.stubs("en").items():
        source = docstrings(SOLVED[file])
        assert {name: source[name] for name in docstrings(text)} == docstrings(text), file


def test_spanish_stubs_have_the_spanish_docstrings():
    texts = catalogue("es")
    for file, text in stubs.stubs("es").items():
        found = docstrings(text)
        wanted = {n: inspect.cleandoc(texts[f"docstrings.{file}.{n}"]) for n in found}
        assert wanted == found, file
        assert found["module"] != docstrings(SOLVED[file])["module"], file


@pytest.mark.parametrize("language", LANGUAGES)
def test_stubs_compile_import_and_keep_within_100_columns(language, tmp_path):
    files = stubs.stubs(language)
    for file, text in files.items():
        compile(text, file, "exec")  # a warning is an error here
        assert max(map(len, text.splitlines())) <= 100, file
    stubs.write(tmp_path / "sinmagia", files)
    names = {f"sinmagia/{file}"[:-3].replace("/", ".").removesuffix(".__init__") for file in files}
    script = f"import importlib\nfor name in {sorted(names)}: importlib.import_module(name)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=tmp_path,
                          capture_output=True, encoding="utf-8", check=False)  # fmt: skip
    assert not done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("file", SOLVED)
def test_a_source_with_windows_newlines_gives_the_same_stub(file, language):
    texts = catalogue(language)
    windows = SOLVED[file].replace("\n", "\r\n")
    assert stubs.stub(SOLVED[file], file, texts) == stubs.stub(windows, file, texts)


def test_the_committed_exercises_are_what_is_generated():
    assert not stubs.stale(STUBS / "sinmagia", stubs.stubs(load().language))


def test_writing_gives_the_same_bytes_on_every_system_and_removes_what_is_no_longer_made(tmp_path):
    old = tmp_path / "ops" / "old.py"
    old.parent.mkdir()
    old.write_text("gone = True\n")
    stubs.write(tmp_path, {"ops/new.py": "a = '¡sí!'\nb = 2\n"})
    assert {"ops/new.py": "a = '¡sí!'\nb = 2\n".encode()} == {
        path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.py")
    }


@pytest.mark.parametrize("data", [b"a = 2\n", b"a = 1\r\n", None], ids=["edited", "crlf", "gone"])
def test_a_file_is_stale_unless_it_has_the_very_bytes(tmp_path, data):
    files = {"made.py": "a = 1\n", "same.py": ""}
    stubs.write(tmp_path, files)
    assert not stubs.stale(tmp_path, files)
    path = tmp_path / "made.py"
    path.unlink() if data is None else path.write_bytes(data)
    (tmp_path / "extra.py").touch()
    assert stubs.stale(tmp_path, files) == ["extra.py", "made.py"]
