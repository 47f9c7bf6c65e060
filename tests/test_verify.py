"""`grader verify`: it holds here, and each of its invariants fails when its fault is planted."""

import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner
from hypothesis import strategies as st

from grader import verify
from grader.cli import commands
from grader.curriculum.exercises import EXERCISE, EXERCISES
from grader.curriculum.texts import catalogue
from grader.programs.cases import Check
from grader.release import stubs
from grader.settings import COURSE, ROOT, SOLUTIONS, load


def change(monkeypatch, name, **fields):
    """Declare one exercise otherwise, as far as `verify` can see."""
    changed = replace(EXERCISE[name], **fields)
    exercises = tuple(changed if e.id == name else e for e in EXERCISES)
    monkeypatch.setattr(verify, "EXERCISES", exercises)
    monkeypatch.setattr(verify, "EXERCISE", {e.id: e for e in exercises})


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Give `exercises/sinmagia` as it should be, in a folder where it may be spoilt."""
    monkeypatch.setattr(verify, "STUBS", tmp_path / "exercises")
    folder = tmp_path / "exercises" / "sinmagia"
    stubs.write(folder, stubs.stubs(load().language))
    return folder


@pytest.fixture
def solutions(tmp_path, monkeypatch):
    """Copy the solved package to where it may be spoilt."""
    copy = shutil.copytree(SOLUTIONS, tmp_path / "solutions")
    monkeypatch.setattr(stubs, "SOLUTIONS", copy)
    return copy / "sinmagia"


def test_the_repository_holds_every_invariant(grader):
    done = grader("verify")
    assert done.returncode == 0, done.stdout
    assert "✗" not in done.stdout
    assert done.stdout.count("✓") == 7


def test_a_broken_invariant_is_named_with_its_faults_and_exit_code_1(monkeypatch):
    found = [("checks_used", ["ghost: a check"]), ("stubs_current", [])]
    monkeypatch.setattr(verify, "invariants", lambda: iter(found))
    done = CliRunner().invoke(commands, ["verify", "--lang", "en"])
    expected = [
        f"✗ {catalogue('en')['verify.checks_used']}",
        "    ghost: a check",
        f"✓ {catalogue('en')['verify.stubs_current']}",
        "1 of 2 invariants do not hold.",
    ]
    assert expected == done.stdout.splitlines()
    assert done.exit_code == 1


def test_every_invariant_has_its_words_in_every_language(monkeypatch):
    monkeypatch.setattr(verify, "all_in_state", lambda *_: [])
    names = [name for name, _ in verify.invariants()]
    assert len(names) == len(set(names)) == 7
    for language in load().languages:
        assert not [name for name in names if f"verify.{name}" not in catalogue(language)]


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"points": 0}, ["chain: no points"]),
        ({"needs": ("sgd_step",)}, ["chain: needs sgd_step, which does not come before it"]),
        ({"needs": ("chain",)}, ["chain: needs chain, which does not come before it"]),
        ({"needs": ("ghost",)}, ["chain: needs ghost, which does not come before it"]),
        ({"file": "optim.py"}, ["chain: optim.py is not of stage 3"]),
        ({"anchor": "nowhere"}, [
            "en: chain: no section lessons/3-backward.md#nowhere",
            "es: chain: no section lessons/3-backward.md#nowhere",
        ]),
    ],
    ids=["points", "later need", "own need", "unknown need", "file", "anchor"],
)  # fmt: skip
def test_an_exercise_that_is_declared_wrongly_is_noticed(monkeypatch, fields, faults):
    before = verify.exercises_complete()
    change(monkeypatch, "chain", **fields)
    assert faults == [fault for fault in verify.exercises_complete() if fault not in before]


def test_an_exercise_without_check_and_texts_is_noticed(monkeypatch):
    ghost = replace(EXERCISE["chain"], id="ghost")
    monkeypatch.setattr(verify, "EXERCISES", (*EXERCISES, ghost))
    faults = verify.exercises_complete()
    assert "ghost: no check" in faults
    assert {"en: ghost has no title", "es: ghost has no do", "es: ghost has no hints.0"} <= {
        *faults
    }


def test_a_lesson_that_is_missing_in_one_language_is_noticed(monkeypatch, tmp_path):
    copy = shutil.copytree(COURSE, tmp_path / "course")
    (copy / "es" / "lessons" / "5-training.md").unlink()
    monkeypatch.setattr(verify, "COURSE", copy)
    gone = [e for e in EXERCISES if e.stage == 5]
    expected = [f"es: {e.id}: no section lessons/5-training.md#{e.anchor}" for e in gone]
    assert expected == verify.exercises_complete()


@pytest.mark.parametrize("name", ["ghost", "sgd_step"])
def test_a_check_of_no_exercise_of_its_stage_is_noticed(monkeypatch, name):
    original = verify.of_stage
    astray = Check(name, "Asks for what nobody is to build.", st.nothing())
    monkeypatch.setattr(
        verify, "of_stage", lambda stage: (*original(stage), *[astray] * (stage == "backward"))
    )
    assert [f"{name}: a check of stage backward for no exercise of it"] == verify.checks_used()


def test_a_stub_that_is_stale_missing_or_left_over_is_named(package):
    assert not verify.stubs_current()
    (package / "optim.py").write_text("# mine\n")
    (package / "sensitivity.py").unlink()
    (package / "left_over.py").touch()
    assert verify.stubs_current() == ["left_over.py", "optim.py", "sensitivity.py"]


def test_a_solution_region_that_is_not_closed_is_named_by_file_and_line(package, solutions):
    path = solutions / "optim.py"
    before, _, after = path.read_text("utf-8").rpartition("### END SOLUTION")
    path.write_text(before + after, "utf-8")
    begin = before[: before.rindex("### BEGIN")].count("\n") + 1
    (fault,) = verify.stubs_current()
    assert fault.startswith(f"optim.py:{begin}: ")


def test_a_solution_that_reached_the_stubs_is_noticed(package):
    shutil.copy(SOLUTIONS / "sinmagia" / "optim.py", package)
    faults = verify.all_in_state(package.parent, "pending")
    copied = [e.id for e in EXERCISES if e.file == "optim.py"]
    assert copied == [fault.partition(": passed")[0] for fault in faults]


def test_what_does_not_pass_in_the_solutions_is_noticed(graded):
    buggy = ROOT / "tests" / "submissions" / "buggy"
    expected = [
        f"{entry['id']}: {entry['state']}"
        for entry in graded(buggy).result["exercises"]
        if entry["state"] != "passed"
    ]
    assert len(expected) > 3
    assert expected == [f.partition(",")[0] for f in verify.all_in_state(buggy, "passed")]
