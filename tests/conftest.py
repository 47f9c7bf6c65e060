"""What several test files share: the real `grader` command, and what it made of a submission."""

import json
import os
import re
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from grader.grading import staging
from grader.isolation.budget import Budget
from grader.isolation.process import Worker
from grader.settings import ROOT, SOLUTIONS, load
from tests.workers import ISOLATED, ISOLATIONS

GRADER = Path(sys.executable).with_name("grader")
collect_ignore = ["student"]  # released with the stubs; test_release runs them in a release


class Graded(NamedTuple):
    """What `grader grade` wrote: result, summary, report on the terminal; and its exit code."""

    result: dict
    summary: str
    terminal: str
    code: int


@pytest.fixture(scope="session")
def grader():
    """Run the real command on the practice seed: `grader("grade", folder, "--lang", "es")`."""

    def run(*words, **environment):
        plain = {"SINMAGIA_SEED": "", "FORCE_COLOR": "", "COLUMNS": "80"}
        return subprocess.run([GRADER, *map(str, words)], capture_output=True, encoding="utf-8",
                              env={**os.environ, **plain, **environment},
                              cwd=ROOT, timeout=120, check=False)  # fmt: skip

    return run


@pytest.fixture(scope="session")
def graded(grader, tmp_path_factory):
    """Grade a folder, once a session and language."""

    @cache
    def grade(folder, language="en"):
        out = tmp_path_factory.mktemp("out")
        done = grader("grade", folder, "--lang", language, "--out", out, "--isolation", ISOLATED)
        assert not done.stderr
        result = json.loads((out / "results.json").read_text("utf-8"))
        summary = (out / "summary.md").read_text("utf-8")
        return Graded(result, summary, done.stdout, done.returncode)

    return grade


@pytest.fixture(scope="session")
def release(grader, tmp_path_factory):
    """Release a student repository, once a session and language; tests only read it."""

    @cache
    def make(language):
        folder = tmp_path_factory.mktemp("release") / "student"
        assert grader("release", folder, "--lang", language).returncode == 0
        return folder

    return make


@pytest.fixture(scope="session")
def secret_lines():
    """Give the lines that stand inside the solution regions and nowhere else in the package."""
    inside, outside = set(), set()
    for path in (SOLUTIONS / "sinmagia").rglob("*.py"):
        where = outside
        for line in map(str.strip, path.read_text("utf-8").splitlines()):
            if line in ("### BEGIN SOLUTION", "### END SOLUTION"):
                where = inside if line == "### BEGIN SOLUTION" else outside
            else:
                where.add(line)
    contract = re.compile(r".* = ctx\.(saved_tensors|needs_input_grad)")  # published in docstrings
    secret = {line for line in inside - outside if len(line) > 8 and not contract.fullmatch(line)}
    assert len(secret) > 30
    return secret


@pytest.fixture(params=ISOLATIONS)
def isolation(request):
    return request.param


@pytest.fixture
def no_thread_left():
    """Wait for the threads that a test started: they end, and nothing of theirs stays open."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(4)
    assert set(threading.enumerate()) <= before


@pytest.fixture
def start(isolation):
    """Make a worker for a package: its files, or the source of its only one."""
    with ExitStack() as stack:

        def make(files="", **limits):
            if isinstance(files, str):
                files = {"__init__.py": files}
            data = {name: text if isinstance(text, bytes) else text.encode()
                    for name, text in files.items()}  # fmt: skip
            tree = stack.enter_context(staging.tree(data))
            budget = Budget(replace(load().limits, **limits))
            return stack.enter_context(Worker(tree, isolation, budget))

        yield make
