"""The case bank: the same in every process, replayed without torch, rebuilt when damaged."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from grader.curriculum.exercises import EXERCISE, EXERCISES
from grader.grading import bank as banks
from grader.grading import grade_folder
from grader.grading.bank import Bank
from grader.isolation import wire
from grader.programs.documents import case_document
from grader.settings import ROOT, SOLUTIONS, load

SOME = EXERCISE["sum_backward"]


@pytest.fixture
def settings(tmp_path):
    """The settings of the course, with an empty bank."""
    return replace(load(), bank=tmp_path / "bank")


def digests(bank):
    return {path.stem: path.read_bytes()[:32] for path in bank.folder.glob("*.safetensors")}


def built(settings):
    bank = Bank(settings)
    for exercise in EXERCISES:
        bank.cases(exercise)
    return digests(bank)


SCRIPT = """
from grader.curriculum.exercises import EXERCISES
from grader.grading.bank import Bank
from grader.settings import load
for exercise in reversed(EXERCISES):
    Bank(load()).cases(exercise)
"""


def test_a_script_and_pytest_build_the_same_bank(settings, tmp_path):
    """In another order too, and beside other local modules, whose constants Hypothesis collects."""
    (tmp_path / "local.py").write_text("THRESHOLD = 77\nNAME = 'another constant'\n")
    folder = tmp_path / "elsewhere"
    subprocess.run(
        [sys.executable, "-c", f"import local\n{SCRIPT}"],
        cwd=tmp_path,
        env={**os.environ, "SINMAGIA_BANK": str(folder), "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        check=True,
    )
    elsewhere = Bank(replace(settings, bank=folder))
    assert built(settings) == digests(elsewhere)


def test_another_seed_gives_another_bank(settings):
    other = replace(settings, seed="another")
    first, second = (Bank(s).cases(SOME) for s in (settings, other))
    assert [c.program.digest for c in first] != [c.program.digest for c in second]
    assert settings.seed_id != other.seed_id


def test_a_bank_is_replayed_as_it_was_built(settings):
    first = Bank(settings).cases(SOME)
    again = Bank(settings).cases(SOME)
    assert [wire.encode(case_document(c)) for c in first] == [
        wire.encode(case_document(c)) for c in again
    ]


def test_a_warm_bank_needs_neither_torch_nor_hypothesis():
    """Grading a submission that passes imports neither: that is most of its time."""
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from grader.curriculum.exercises import EXERCISES\n"
        "from grader.grading import grade_folder\nfrom grader.settings import SOLUTIONS, load\n"
        "found = grade_folder(SOLUTIONS, EXERCISES, load(), 'none').attempts\n"
        "assert all(a.state == 'passed' for a in found.values())\n"
        "print(*({'torch', 'hypothesis'} & sys.modules.keys()))"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True,
                              text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-1], lambda data: b"", lambda data: data[:40] + b"X" + data[41:],
     lambda data: b"\0" * len(data)],
    ids=["cut short", "empty", "altered", "zeros"],
)  # fmt: skip
def test_a_damaged_file_is_built_again(settings, damage):
    bank = Bank(settings)
    cases = bank.cases(SOME)
    path = bank.folder / f"{SOME.id}.safetensors"
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    again = Bank(settings).cases(SOME)
    assert [c.program.digest for c in cases] == [c.program.digest for c in again]
    assert whole == path.read_bytes()


def sizes(bank):
    return [len(batch) for batch in bank.batches(SOME)]


def test_the_first_case_comes_by_itself_so_that_a_stub_needs_no_more(settings):
    cases = Bank(settings).cases(SOME)
    assert [1, len(cases) - 1] == sizes(Bank(settings))


def test_cases_that_were_read_ahead_come_together(settings):
    bank = Bank(settings)
    assert [len(bank.cases(SOME))] == sizes(bank)


def test_where_there_is_no_bank_yet_all_cases_come_together(settings):
    before = sizes(Bank(settings))
    assert [len(Bank(settings).cases(SOME))] == before


@pytest.mark.parametrize("change", [{"seed": "other"}, {"generated": 61}])
def test_other_settings_have_another_key(settings, change):
    assert banks.key(settings) != banks.key(replace(settings, **change))


def test_other_libraries_and_other_sources_have_another_key(settings, monkeypatch):
    before = banks.key(settings)
    monkeypatch.setattr(banks, "version", lambda library: "0")
    assert before != banks.key(settings)
    monkeypatch.undo()
    monkeypatch.setattr(banks, "LOADED", "other sources")
    assert before != banks.key(settings)


def test_a_bank_is_not_kept_by_a_process_whose_sources_have_changed(settings, monkeypatch):
    """It would hold cases of the old sources under the name of the new ones, or the reverse."""
    monkeypatch.setattr(banks, "sources", lambda: "changed while this process runs")
    bank = Bank(settings)
    assert bank.cases(SOME)
    assert not bank.folder.exists()


def test_what_was_damaged_is_told(settings):
    bank = Bank(settings)
    bank.cases(SOME)
    bank.path(SOME).write_bytes(b"?")
    again = Bank(settings)
    again.cases(SOME)
    assert [SOME.id] == list(again.damaged)
    assert {} == bank.damaged


def test_grading_warns_of_a_damaged_bank(settings):
    Bank(settings).cases(SOME)
    Bank(settings).path(SOME).write_bytes(b"?")
    grading = grade_folder(SOLUTIONS, [SOME], settings, "auto")
    assert ("passed", [SOME.id]) == (grading.attempts[SOME.id].state, list(grading.warnings))


def test_stale_banks_of_the_same_seed_are_removed_and_nothing_else(settings):
    bank, other = Bank(settings), Bank(replace(settings, seed="another"))
    for each in (bank, other):
        each.cases(SOME)
    stale = settings.bank / ("0" * 24)
    shutil.copytree(bank.folder, stale)
    unfinished = settings.bank / ("1" * 24)
    unfinished.mkdir()
    something_else = settings.bank / "photographs"
    something_else.mkdir()
    assert 2 == bank.remove_stale()
    assert {bank.folder, other.folder, something_else} == set(settings.bank.iterdir())


def test_the_command_builds_the_bank_and_tells_what_it_found(grader, tmp_path):
    where = {"SINMAGIA_BANK": str(tmp_path / "bank")}
    first = grader("bank", **where)
    (folder,) = (tmp_path / "bank").iterdir()
    (folder / "add_forward.safetensors").write_bytes(b"cut sh")
    (folder / "chain.safetensors").unlink()
    second = grader("bank", "--lang", "es", **where)
    third = grader("bank", **where)
    everything = len(EXERCISES)
    assert f"Built now: {everything}. There already: 0." in first.stdout
    assert f"Generados ahora: 1. Ya estaban: {everything - 2}." in second.stdout
    assert "generados otra vez: add_forward." in second.stdout
    assert f"Built now: 0. There already: {everything}." in third.stdout
    assert {""} == {done.stderr for done in (first, second, third)}
