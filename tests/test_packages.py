"""Correct packages that are written otherwise, inside the published contract, pass everything.

Each folder in `packages/` holds only those student files that differ from the solution's.
"""

import ast
import re
import shutil
from pathlib import Path

import pytest

from grader.curriculum.exercises import EXERCISES
from grader.grading import grade_folder, staging
from grader.settings import SOLUTIONS, load
from tests.visible import run

PACKAGES = sorted(path for path in (Path(__file__).parent / "packages").iterdir() if path.is_dir())
each_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)


def files_of(package):
    """Give the package's own files by their names inside `sinmagia/`."""
    root = package / "sinmagia"
    return {path.relative_to(root).as_posix(): path for path in root.rglob("*.py")}


def code(path):
    """Parse a file, without its comments and docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            del node.body[0]
    return ast.dump(tree)


def test_all_packages_are_there():
    names = [package.name for package in PACKAGES]
    assert ["closures", "lazy", "orders", "tape", "views"] == names


@each_package
def test_a_package_is_made_of_student_files_that_differ(package):
    files = files_of(package)
    assert set() == files.keys() - set(staging.STUDENT_FILES)
    theirs = SOLUTIONS / "sinmagia"
    assert [] == [name for name, path in files.items() if code(path) == code(theirs / name)]
    assert len(files) >= 2


@pytest.fixture
def assembled(package, tmp_path):
    """A folder with the package and, where it has no file of its own, the solution's."""
    for source in (SOLUTIONS, package):
        shutil.copytree(source / "sinmagia", tmp_path / "sinmagia", dirs_exist_ok=True)
    return tmp_path


@each_package
def test_a_package_passes_everything_by_itself(assembled, monkeypatch):
    """No stage of it is graded beside the reference's other files."""
    beside = []
    monkeypatch.setattr(
        "grader.grading.runner._grade_stage", lambda _, stage, *rest: beside.append(stage.number)
    )
    grading = grade_folder(assembled, EXERCISES, load(), "auto")
    refused = {name: a for name, a in grading.attempts.items() if a.state != "passed"}
    assert ({}, [], len(EXERCISES)) == (refused, beside, len(grading.attempts))


@each_package
def test_a_package_passes_the_visible_tests(assembled):
    told = run(assembled)
    assert "failed" not in told, told
    assert re.search(r"\d{3} passed", told), told
