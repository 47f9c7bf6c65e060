"""The visible tests, run on a package as a student repository runs them."""

import os
import subprocess
import sys

from grader.settings import STUDENT_TESTS


def run(package, *words):
    """Run the visible tests on a package, as a student repository does."""
    path = os.pathsep.join((str(package), str(STUDENT_TESTS)))
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull,
         "--rootdir", STUDENT_TESTS, "--confcutdir", STUDENT_TESTS, STUDENT_TESTS, *words],
        env={**os.environ, "PYTHONPATH": path, "PY_COLORS": "0", "COLUMNS": "100"},
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    return done.stdout
