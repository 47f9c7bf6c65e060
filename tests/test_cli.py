"""The commands: what they write, how they end, and one clear sentence for what cannot be used."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from grader import cli
from grader import settings as grader_settings
from grader.curriculum.exercises import EXERCISES
from grader.settings import COURSE, ROOT, SOLUTIONS, load
from tests.handed_in import git, repository

BUGGY = ROOT / "tests" / "submissions" / "buggy"


def run_checks(*words):
    """Run pytest on the hidden tests; give exit code, both outputs, and the failed exercises."""
    words = ["-q", "--tb=no", "-p", "no:cacheprovider", *map(str, words)]
    done = subprocess.run([sys.executable, "-m", "pytest", "grader/checks", *words], cwd=ROOT,
                          env={**os.environ, "PY_COLORS": "0", "SINMAGIA_SEED": ""},
                          capture_output=True, encoding="utf-8", check=False)  # fmt: skip
    failed = re.findall(r"^FAILED grader/checks/\w+\.py::(\w+) -", done.stdout, re.MULTILINE)
    return done.returncode, done.stdout, done.stderr, set(failed)


def one_sentence(text):
    """Say whether a text is one line, and no traceback."""
    return len(text.splitlines()) == 1 and text[0] == text[0].upper() and "Traceback" not in text


@pytest.fixture
def unusable(tmp_path):
    """Make what cannot be graded or written to: an empty folder, an empty package, a file."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "hollow" / "sinmagia").mkdir(parents=True)
    (tmp_path / "file").write_text("mine")
    return tmp_path


@pytest.mark.parametrize("folder", [SOLUTIONS, ROOT / "exercises", BUGGY], ids=lambda f: f.name)
def test_grading_ends_with_exit_code_0_whatever_the_score(graded, folder):
    assert graded(folder).code == 0


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["{}/nowhere"], "{}/nowhere"),
        (["{}/empty"], "{}/empty"),
        (["{}/file"], "{}/file"),
        (["{}/empty", "--commit", "HEAD"], "{}/empty"),
        (["{}/file", "--commit", "HEAD"], "{}/file"),
        (["{}/hollow"], "{}/hollow/sinmagia"),
        ([BUGGY, "--stage", 9], "0, 1, 2, 3, 4, 5"),
        ([BUGGY, "--stage", -1], "0, 1, 2, 3, 4, 5"),
        ([BUGGY, "--out", "{}/file"], "{}/file"),
        ([BUGGY, "--lang", "fr"], "en, es"),
    ],
    ids=[
        "no folder",
        "no package",
        "file",
        "commit without git",
        "commit of a file",
        "no files",
        "stage",
        "-1",
        "out is a file",
        "language",
    ],
)
@pytest.mark.parametrize("language", load().languages)
def test_what_cannot_be_used_ends_with_2_and_one_sentence(grader, unusable, words, named, language):
    before = sorted(unusable.rglob("*"))
    words = [str(word).format(unusable) for word in words]
    done = grader("grade", *(["--lang", language] if "fr" not in words else []), *words)
    assert done.returncode == 2
    assert one_sentence(done.stderr), done.stderr
    assert named.format(unusable) in done.stderr
    assert not done.stdout
    assert before == sorted(unusable.rglob("*"))


def test_results_that_cannot_be_written_are_one_sentence_too(grader, unusable):
    out = unusable / "file" / "out"
    done = grader("grade", BUGGY, "--stage", 5, "--out", out)
    assert done.returncode == 2
    assert one_sentence(done.stderr), done.stderr
    assert str(out) in done.stderr


@pytest.mark.parametrize("language", load().languages)
@pytest.mark.parametrize("asked", [[], ["--isolation", "sandbox"]], ids=["default", "asked"])
def test_a_sandbox_that_is_not_there_is_never_replaced_by_none(grader, tmp_path, language, asked):
    words = [BUGGY, *asked, "--lang", language]
    done = grader("grade", *words, PATH=str(tmp_path))
    assert done.returncode == 2
    assert one_sentence(done.stderr), done.stderr
    assert "bubblewrap" in done.stderr
    assert ("is not installed" in done.stderr) == (language == "en")
    assert not done.stdout


def test_without_a_sandbox_auto_grades_and_says_that_there_was_none(grader, tmp_path):
    out = tmp_path / "out"
    words = [BUGGY, "--stage", 5, "--out", out, "--lang", "en", "--isolation", "auto"]
    done = grader("grade", *words, PATH=str(tmp_path))
    assert done.returncode == 0
    assert "bubblewrap is not installed" in done.stderr
    assert "Run without a sandbox" in done.stdout
    assert "Run without a sandbox" in (out / "summary.md").read_text("utf-8")
    assert json.loads((out / "results.json").read_text("utf-8"))["isolation"] == "none"


def edited(old, new):
    """Make a course.toml in which `old` is `new`."""
    text = (COURSE / "course.toml").read_text("utf-8")
    assert old in text
    return text.replace(old, new).encode()


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"language = ",
        b"# espa\xf1ol\n" + edited("[cases]", "[cases]"),
        edited('languages = ["en", "es"]', ""),
        edited('languages = ["en", "es"]', 'languages = "en"'),
        edited('language = "en"', 'language = "fr"'),
        edited('languages = ["en", "es"]', 'languages = ["en", "es", "fr"]'),
        edited("seconds_a_case = 3", "seconds_a_case = 3\nseconds_a_course = 9"),
        edited("seconds_a_case = 3", 'seconds_a_case = "three"'),
        edited("generated = 60", "generated = 0"),
        edited("generated = 60", "generated = 60.5"),
        edited("[cases]", "[case]"),
    ],
    ids=["missing", "not TOML", "Latin-1", "no languages", "languages as text", "unknown default",
         "language without texts", "unknown limit", "limit in words", "no cases", "half a case",
         "no table"],
)  # fmt: skip
def test_a_broken_course_toml_is_one_sentence_that_names_it(tmp_path, monkeypatch, capsys, data):
    path = shutil.copytree(COURSE, tmp_path / "course") / "course.toml"
    path.write_bytes(data) if data else path.unlink()
    monkeypatch.setattr(grader_settings, "COURSE", path.parent)
    monkeypatch.setattr(sys, "argv", ["grader", "grade", str(tmp_path / "nowhere")])
    load.cache_clear()
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        load.cache_clear()
    stderr = capsys.readouterr().err
    assert one_sentence(stderr), stderr
    assert str(path) in stderr
    assert ended.value.code == 2


def test_a_stage_is_graded_alone_and_both_files_are_written(grader, tmp_path):
    out = tmp_path / "not" / "yet"
    done = grader("grade", BUGGY, "--stage", 4, "--out", out, "--lang", "en")
    result = json.loads((out / "results.json").read_text("utf-8"))
    assert [e.id for e in EXERCISES if e.stage == 4] == [e["id"] for e in result["exercises"]]
    assert result["max_score"] == sum(e.points for e in EXERCISES if e.stage == 4)
    assert {"results.json", "summary.md"} == {path.name for path in out.iterdir()}
    assert str(out / "summary.md") in "".join(done.stdout.split("\n"))


def test_a_commit_an_archive_and_a_folder_of_the_same_files_get_the_same_result(grader, tmp_path):
    files = {f"exercises/sinmagia/{path.relative_to(SOLUTIONS / 'sinmagia').as_posix()}":
             path.read_bytes() for path in (SOLUTIONS / "sinmagia").rglob("*.py")}  # fmt: skip
    repo = repository(tmp_path / "ana", files | {"conftest.py": b""})
    sha = git(repo, "rev-parse", "HEAD")
    git(repo, "archive", "--prefix=ana-main/", "--output=../ana.zip", "HEAD")
    found = {}
    for words in ([repo], [repo, "--commit", "HEAD"], [tmp_path / "ana.zip"]):
        done = grader("grade", *words, "--stage", 0, "--out", tmp_path / "out", "--lang", "en")
        assert "Not used: `conftest.py`." in done.stdout
        result = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
        assert result["commit"] == (sha if "--commit" in words else None)
        del result["commit"], result["seconds"]
        for entry in result["exercises"]:
            del entry["seconds"]
        found[len(words), words[0]] = result
    first, *others = found.values()
    assert others == [first, first]
    assert first["score"] == first["max_score"]


def test_a_terminal_with_few_characters_gets_the_report_too(grader):
    done = grader("grade", SOLUTIONS, "--stage", 5, "--lang", "es", PYTHONIOENCODING="ascii")
    assert "30 de 30 puntos" in done.stdout
    assert not done.stderr


def test_stubs_check_writes_nothing_and_names_what_is_stale(tmp_path, monkeypatch, capsys):
    copy = shutil.copytree(ROOT / "exercises", tmp_path / "exercises")
    (copy / "sinmagia" / "optim.py").write_text("# mine\n")
    monkeypatch.setattr(cli, "STUBS", copy)
    for words, code in ((["--check"], 2), ([], 0), (["--check"], 0)):
        with pytest.raises(SystemExit) as ended:
            cli.commands(["stubs", *words])
        assert code == ended.value.code
        message = capsys.readouterr().err
        assert bool(code) == ("optim.py" in message)


def test_pytest_passes_every_check_on_the_solutions():
    code, _, stderr, failed = run_checks("--submission", "solutions")
    assert not failed
    assert (code, stderr) == (0, "")


def test_pytest_fails_exactly_the_checks_of_exercises_that_have_not_passed(graded):
    code, _, _, failed = run_checks("--submission", BUGGY)
    entries = graded(BUGGY).result["exercises"]
    assert {entry["id"] for entry in entries if entry["state"] != "passed"} == failed
    assert code == 1


@pytest.mark.parametrize(("word", "code"), [("add_forward", 0), ("sgd_step", 1)])
def test_pytest_takes_one_exercise_by_name(word, code):
    ended, stdout, _, failed = run_checks("--submission", BUGGY, "-k", word)
    assert code == ended
    assert ({word} if code else set()) == failed
    assert re.search(rf"1 {'failed' if code else 'passed'}, \d+ deselected", stdout)


@pytest.mark.parametrize(
    ("words", "named"), [([], "--submission"), (["--submission", "nowhere"], "nowhere")]
)
def test_pytest_without_a_usable_submission_is_a_usage_error_in_one_sentence(words, named):
    code, _, stderr, _ = run_checks(*words)
    assert code == 4
    assert len(stderr.strip().splitlines()) == 1
    assert named in stderr
