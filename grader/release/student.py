"""The student repository: stubs, visible tests and lessons of one language, nothing hidden."""

from pathlib import Path

from grader.curriculum.texts import Texts
from grader.settings import COURSE, ROOT, STUDENT_TESTS, UsageError

from . import stubs

PYPROJECT = """\
[project]
name = "sin-magia-student"
version = "0"
requires-python = ">=3.11"
dependencies = ["numpy>=1.26", "pytest>=8", "hypothesis>=6.100"]

[tool.pytest.ini_options]
pythonpath = ["exercises", "tests"]
testpaths = ["tests"]
addopts = ["-q", "-p", "no:cacheprovider"]
"""
IGNORED = "__pycache__/\n.venv/\n.hypothesis/\n"


def release(folder: Path, texts: Texts) -> int:
    """Write a student repository into a new or empty folder; give the number of its files."""
    if folder.exists() and not folder.is_dir():
        raise UsageError("out_is_file", path=folder)
    if folder.exists() and any(folder.iterdir()):
        raise UsageError("not_empty", path=folder)
    files = _files(texts)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return len(files)


def _files(texts: Texts) -> dict[str, bytes]:
    """Gather every file by its path in the repository; the bytes are the same on every system."""
    language = COURSE / texts.language
    files = {
        ".gitignore": IGNORED.encode(),
        "pyproject.toml": PYPROJECT.encode(),
        "README.md": _bytes(language / "student" / "README.md"),
        "LICENSE": _bytes(ROOT / "LICENSE"),
        "lessons/LICENSE": _bytes(COURSE / "LICENSE"),
        "capstone.py": _bytes(COURSE / "capstone.py"),
        "data/README.md": _bytes(COURSE / "data" / "README.md"),
        "data/digits.npz": (COURSE / "data" / "digits.npz").read_bytes(),
    }
    for name, text in stubs.stubs(texts.language).items():
        files[f"exercises/sinmagia/{name}"] = text.encode()
    for path in sorted(STUDENT_TESTS.glob("*.py")):
        files[f"tests/{path.name}"] = _bytes(path)
    for path in sorted((language / "lessons").glob("*.md")):
        files[f"lessons/{path.name}"] = _bytes(path)
    return files


def _bytes(path: Path) -> bytes:
    return path.read_bytes().replace(b"\r\n", b"\n")
