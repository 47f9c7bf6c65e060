"""CONTRIBUTING.md, followed to the letter: a new operation touches the files that it names."""

import re
import shutil
import subprocess
import sys

import pytest

from grader.settings import ROOT

SECTION = "## Add an operation"

ROW = '    Operation("cos", ELEMENTWISE, "Cos", "x.cos()", SCALAR_TOO),\n'
CLASS = '''

class Cos:
    """out = the cosine of a"""

    @staticmethod
    def forward(ctx, a):
        """Take the cosine of every value, in radians."""
        ### BEGIN SOLUTION
        ctx.save_for_backward(a)
        return np.cos(a)
        ### END SOLUTION

    @staticmethod
    def backward(ctx, grad):
        """d out/d a = -sin(a)."""
        ### BEGIN SOLUTION
        (a,) = ctx.saved_tensors
        return -grad * np.sin(a)
        ### END SOLUTION
'''
METHOD = """
    def cos(self):
        return apply(ops.Cos, floating(self))
"""
TEXTS = """
[exercises.cos_{half}]
title = "{title}"
do = "{title}."
hints = ["1", "2", "3"]
"""
DOCSTRINGS = """
Cos = "out = el coseno de a"
"Cos.forward" = "Calcula el coseno de cada valor, en radianes."
"Cos.backward" = "d out/d a = -sin(a)."
"""
LESSON = '\n<a id="cos"></a>\n\n## {title}\n'
VISIBLE = """

def test_cos_forward_of_zero():
    expect([1.0], ops.Cos.forward(Context(), np.array([0.0])))
"""
BUGS = """    ("cos_forward", ELEMENTWISE, "return np.cos(a)", "return np.sin(a)"),
    ("cos_backward", ELEMENTWISE, "return -grad * np.sin(a)", "return grad * np.sin(a)"),
"""
PARITY = """    Row("Tensor.cos", ("x.cos()",), ANY),
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the repository, committed, so that Git can tell what changed."""
    folder = tmp_path_factory.mktemp("copy")
    tracked = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                             cwd=ROOT, capture_output=True, text=True, check=True)  # fmt: skip
    for name in tracked.stdout.splitlines():
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    run(folder, "git", "init", "-q")
    run(folder, "git", "add", "-A")
    run(folder, "git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "copy")
    return folder


def run(folder, *words):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def grader(folder, *words):
    return run(folder, sys.executable, "-m", "grader.cli", *words)


def append(path, text, after=None):
    whole = path.read_text()
    if after is None:
        path.write_text(whole + text)
    else:
        assert after in whole, f"{after!r} is not in {path}"
        path.write_text(whole.replace(after, after + text, 1))


def add_cos(folder):
    """Do what CONTRIBUTING says, for the cosine."""
    row = next(line for line in (folder / "grader/programs/operations.py").read_text().splitlines(
        keepends=True) if line.startswith('    Operation("mul"'))  # fmt: skip
    append(folder / "grader/programs/operations.py", ROW, after=row)
    package = folder / "solutions/sinmagia"
    append(package / "ops/elementwise.py", CLASS)
    append(package / "ops/__init__.py", "    Cos,\n", after="    Add,\n")
    append(package / "operators.py", METHOD, after="apply(ops.Exp, floating(self))\n")
    for language, *titles in (("en", "A sign", "Its slope"), ("es", "Un signo", "Su derivada")):
        for half, title in zip(("forward", "backward"), titles, strict=True):
            text = TEXTS.format(half=half, title=title)
            append(folder / f"course/{language}/catalogue/2-operations.toml", text)
        lesson = folder / f"course/{language}/lessons/2-operations.md"
        append(lesson, LESSON.format(title=titles[0]))
    docstrings = folder / "course/es/catalogue/docstrings.toml"
    append(docstrings, DOCSTRINGS, after='["ops/elementwise.py"]\n')
    append(folder / "tests/student/test_stage_2_operations.py", VISIBLE)
    append(folder / "tests/planted.py", BUGS, after="PLANTED = [\n")
    append(folder / "tests/parity.py", PARITY, after="OPERATIONS = (\n")


def test_adding_an_operation_touches_the_files_that_contributing_names(copy):
    section = (ROOT / "CONTRIBUTING.md").read_text().split(SECTION)[1].split("\n## ")[0]
    by_hand = set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))
    add_cos(copy)
    changed = set(run(copy, "git", "diff", "--name-only").split())
    assert by_hand == changed

    keys = re.findall(r"grader sign es (\S+)", failing_verify(copy))
    grader(copy, "sign", "es", *keys)
    grader(copy, "stubs")
    changed = set(run(copy, "git", "diff", "--name-only").split())
    assert by_hand | {
        "course/es/catalogue/translated.json", "exercises/sinmagia/ops/elementwise.py",
        "exercises/sinmagia/ops/__init__.py", "exercises/sinmagia/operators.py",
    } == changed  # fmt: skip
    assert "All 7 invariants hold." in grader(copy, "verify")
    report = grader(copy, "grade", "solutions", "--stage", "2")
    assert "62 of 62 points" in report


def failing_verify(folder):
    done = subprocess.run([sys.executable, "-m", "grader.cli", "verify"], cwd=folder,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 1, "verify has to notice what is not signed and not stubbed"
    return done.stdout
