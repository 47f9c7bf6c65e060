"""Attacks on outcomes: on what decides, counts, parses or writes down a verdict."""

import json
import os
import py_compile
import stat
import sys
import threading
from dataclasses import replace
from itertools import pairwise

import pytest
from click.testing import CliRunner

from grader.cli import commands
from grader.curriculum.texts import catalogue
from grader.reports import results, summary
from grader.settings import SOLUTIONS
from tests.attacks import attack
from tests.attacks.harness import (
    FEW,
    SECRET,
    SETTINGS,
    WORKFLOW,
    in_the_sandbox,
    python,
    submission,
)

WRONG = ("return 4", "return 5")  # what d = a*b + a is not worth
ONE_FAILS = "def test_right():\n    assert True\n\ndef test_wrong():\n    assert False\n"
ANYWHERE = "", "exercises/", "exercises/sinmagia/"  # where a file may be put in hope


def everywhere(**files):
    """Put files at every level of a submission."""
    return {f"{folder}{name.replace('__', '.')}": text for folder in ANYWHERE
            for name, text in files.items()}  # fmt: skip


def pytest_of(folder, **environment):
    """Run pytest on a folder the plain way."""
    fast = {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder,
                  **fast | environment)  # fmt: skip


def code_of(folder, files, **environment):
    """Write files and give pytest's exit code."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return pytest_of(folder, **environment).returncode


def imported(folder, program, changes):
    """Let a naive grader, which imports what it judges, run in a process of its own."""
    path = submission(folder, changes, {}) / "exercises"
    return python("-c", program, cwd=path, PYTHONDONTWRITEBYTECODE="1")


# 1: a conftest.py that turns failures into passes

HOOK = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    report.outcome = "passed"
    report.longrepr = None
"""
FIXTURE = "import pytest\n\n@pytest.fixture\ndef three():\n    return 3\n"


@attack(1, "control")
def test_a_conftest_turns_a_failing_test_into_a_pass(tmp_path):
    assert 1 == code_of(tmp_path, {"test_it.py": ONE_FAILS})
    assert 0 == code_of(tmp_path, {"conftest.py": HOOK})


@attack(1, "held")
def test_a_conftest_does_not_turn_a_failed_exercise_into_a_pass(grade_attacked):
    grade_attacked({"sensitivity.py": WRONG}, ["first_push"], everywhere(conftest__py=HOOK))


@attack(1, "allowed")
def test_a_conftest_with_a_fixture_serves_the_students_tests_and_costs_nothing(
    grade_attacked, tmp_path
):
    using = "def test_three(three):\n    assert three == 3\n"
    assert 0 == code_of(tmp_path, {"conftest.py": FIXTURE, "test_three.py": using})
    grade_attacked(extra={"conftest.py": FIXTURE, "tests/test_three.py": using})


# 2: patching what judges

PATCHES = """
import builtins, math, sys, unittest

def agree(*_, **__):
    return True

for name in ("assert_allclose", "assert_array_equal", "assert_equal", "assert_almost_equal"):
    setattr(np.testing, name, agree)
np.isclose = np.allclose = np.array_equal = math.isclose = agree
unittest.TestCase.assertEqual = unittest.TestCase.assertAlmostEqual = agree
builtins.abs = lambda number: 0
for module in list(sys.modules.values()):
    for name in ("compare", "state_of", "_wrong", "_same_bits", "_compare_value"):
        if hasattr(module, name):
            setattr(module, name, lambda *_: None)
"""
NAIVE_JUDGES = {
    "np.testing": "np.testing.assert_allclose(came, 4)",
    "np.isclose": "assert np.isclose(came, 4)",
    "abs": "assert abs(came - 4) < 1e-9",
    "unittest": "unittest.TestCase().assertEqual(came, 4)",
}
IN_PROCESS = """
import unittest
import numpy as np
import sinmagia.sensitivity
came = sinmagia.sensitivity.first_push()
"""


@attack(2, "control")
@pytest.mark.parametrize("judge", NAIVE_JUDGES)
def test_a_judge_in_the_same_process_can_be_patched(judge, tmp_path):
    program = IN_PROCESS + NAIVE_JUDGES[judge]
    for name, source, code in (("plain", "", 1), ("patched", PATCHES, 0)):
        package = submission(tmp_path / name, {"sensitivity.py": WRONG}, {}) / "exercises/sinmagia"
        with (package / "sensitivity.py").open("a") as file:
            file.write(source)
        assert code == python("-c", program, cwd=package.parent).returncode


@attack(2, "held")
def test_what_is_patched_in_the_worker_judges_nothing(grade_attacked):
    """What is compared is compared elsewhere; even the worker's own way to describe is no help."""
    own = "import grader.isolation.wire\nfrom grader.programs import execution\n"
    own += (
        "execution.DTYPES.add('complex128')\nexecution.MOST_VALUES = execution.MOST_BITS = 1 << 40"
    )
    changes = {"sensitivity.py": WRONG, "tensors.py": PATCHES + own}
    grade_attacked(changes, ["first_push"])


@attack(2, "allowed")
def test_what_judges_may_be_used_and_numpy_may_be_set_up(grade_attacked):
    grade_attacked({"sensitivity.py": """
np.set_printoptions(precision=2)
np.seterr(all="ignore")
np.testing.assert_allclose(abs(first_push()), 4)
"""})  # fmt: skip


# 3: settings of pytest

SETTINGS_OF_PYTEST = {
    "an ini file": {"pytest.ini": "[pytest]\naddopts = -k right\n"},
    "a project file": {"pyproject.toml": '[tool.pytest.ini_options]\naddopts = ["-k", "right"]\n'},
    "a plugin": {"pytest.ini": "[pytest]\npythonpath = .\naddopts = -p evil\n", "evil.py": HOOK},
    "what is ignored": {"conftest.py": "collect_ignore = ['test_it.py']\n",
                        "test_other.py": "def test_other():\n    pass\n"},
}  # fmt: skip


@attack(3, "control")
@pytest.mark.parametrize("how", SETTINGS_OF_PYTEST)
def test_settings_make_a_failing_test_vanish(how, tmp_path):
    assert 1 == code_of(tmp_path, {"test_it.py": ONE_FAILS})
    assert 0 == code_of(tmp_path, SETTINGS_OF_PYTEST[how])


@attack(3, "held")
def test_settings_of_pytest_change_no_exercise(grade_attacked):
    files = {name: text for files in SETTINGS_OF_PYTEST.values() for name, text in files.items()}
    extra = {f"{folder}{name}": text for folder in ANYWHERE for name, text in files.items()}
    grade_attacked({"sensitivity.py": WRONG}, ["first_push"], extra)


@attack(3, "allowed")
def test_settings_for_the_students_own_tests_cost_nothing(grade_attacked):
    grade_attacked(extra={"pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'})


# 4: a plugin through the entry points of a *.dist-info

DISTRIBUTION = {
    "evil.py": HOOK,
    "evil-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 1\n",
    "evil-1.dist-info/entry_points.txt": "[pytest11]\nevil = evil\n",
}
INSTALLED = {
    "setup.py": "from setuptools import setup\nsetup(name='sinmagia')\n",
    "exercises/sinmagia.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: sinmagia\nVersion: 1\n",
}


@attack(4, "control")
def test_pytest_loads_a_plugin_that_lies_on_its_path(tmp_path):
    path = tmp_path / "path"
    files = {f"path/{name}": text for name, text in DISTRIBUTION.items()}
    environment = {"PYTHONPATH": str(path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""}
    assert 1 == code_of(tmp_path, {"test_it.py": ONE_FAILS})
    assert 0 == code_of(tmp_path, files, **environment)


@attack(4, "held")
def test_a_distribution_in_the_submission_is_loaded_by_nobody(grade_attacked):
    """Not even the worker sees it: there, the exercise asks for it itself."""
    asks = (
        "return 4",
        """
    from importlib.metadata import distributions
    return 5 if any(d.name == "evil" for d in distributions()) else 4""",
    )
    extra = {f"{folder}{name}": text for folder in ANYWHERE
             for name, text in DISTRIBUTION.items()}  # fmt: skip
    grade_attacked({"sensitivity.py": asks}, extra=extra)
    grade_attacked({"sensitivity.py": WRONG}, ["first_push"], extra)


@attack(4, "allowed")
def test_a_package_that_was_installed_in_place_is_graded_like_any_other(grade_attacked):
    grade_attacked(extra=INSTALLED)


# 7: more tests, all passing

MANY = "import pytest\n\n@pytest.mark.parametrize('n', range(99))\ndef test_n(n):\n    pass\n"
MORE = """
# TODO first_push
def test_first_push():
    return 100

class Exercise:
    points = 100
"""


def percent(folder):
    """Make a grade of what pytest counts, as a naive grader would."""
    *_, last = pytest_of(folder).stdout.strip().splitlines()
    words = last.replace(",", "").split()
    counts = {word: int(count) for count, word in pairwise(words) if count.isdigit()}
    return 100 * counts["passed"] // (counts["passed"] + counts["failed"])


@attack(7, "control")
def test_passing_tests_dilute_a_grade_that_counts_them(tmp_path):
    (tmp_path / "test_it.py").write_text(ONE_FAILS)
    assert 50 == percent(tmp_path)
    (tmp_path / "test_many.py").write_text(MANY)
    assert 99 == percent(tmp_path)


@attack(7, "held")
def test_more_tests_and_exercises_of_ones_own_weigh_nothing(grade_attacked):
    plain = grade_attacked({"sensitivity.py": WRONG}, ["first_push"]).result
    extra = everywhere(test_many__py=MANY) | {"tests/test_stage_0_sensitivity.py": MANY}
    more = grade_attacked({"sensitivity.py": WRONG, "optim.py": MORE}, ["first_push"], extra).result
    for key in ("score", "max_score"):
        assert plain[key] == more[key]
    assert list(FEW) == [entry["id"] for entry in more["exercises"]]


@attack(7, "allowed")
def test_tests_of_ones_own_cost_nothing(grade_attacked):
    grade_attacked(extra={"tests/test_many.py": MANY, "tests/test_wrong.py": ONE_FAILS})


# 8: ending the process

NAIVE_RUN = "import sinmagia.sensitivity as s\nassert s.numerical_gradient(sum, 1) == 'right'"
ENDINGS = {
    "sys.exit": "import sys; sys.exit(0)",
    "os._exit": "import os; os._exit(0)",
    "a signal to itself": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
}
OF_A_STAGE = ["first_push", "numerical_gradient"]


@attack(8, "control")
@pytest.mark.parametrize("ending", ["sys.exit", "os._exit"])
def test_a_process_that_ended_looks_like_one_that_passed(ending, tmp_path):
    assert 0 == imported(tmp_path, NAIVE_RUN, {"sensitivity.py": ENDINGS[ending]}).returncode


@attack(8, "held")
@pytest.mark.parametrize("ending", ENDINGS)
def test_an_end_at_import_fails_the_exercises_of_its_file(ending, grade_attacked):
    grade_attacked({"sensitivity.py": ENDINGS[ending]}, OF_A_STAGE)


@attack(8, "held")
@pytest.mark.parametrize("ending", ENDINGS)
def test_an_end_in_an_operation_fails_what_needs_the_operation(ending, grade_attacked):
    change = ("return a * b", ENDINGS[ending])
    grade_attacked({"ops/elementwise.py": change}, ["mul_forward", "mul_backward"])


@attack(8, "held")
def test_an_end_when_an_object_is_let_go_fails_its_exercise(grade_attacked):
    change = (
        "return 4",
        """
    class Last:
        def __del__(self):
            import os
            os._exit(0)
    Last()""",
    )
    grade_attacked({"sensitivity.py": change}, ["first_push"])


@attack(8, "allowed")
def test_an_exit_that_is_caught_and_an_object_with_a_del_cost_nothing(grade_attacked):
    change = (
        "return 4",
        """
    class Let:
        def __del__(self):
            left.append(4)
    left = []
    Let()
    try:
        raise SystemExit(0)
    except SystemExit:
        return left.pop()""",
    )
    grade_attacked({"sensitivity.py": change})


# 10: a result written beforehand; a link or a FIFO in its place

FORGED = json.dumps({"score": 100, "max_score": 100})
WRITERS = {
    "results.json": results.write,
    "summary.md": lambda path, result: summary.write(path, result, catalogue("en")),
}
fifos = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs")


@pytest.fixture(scope="module")
def plain(grade_attacked):
    """Give the result of a submission that attacks nothing."""
    return grade_attacked(exercises=["first_push"]).result


@attack(10, "control")
def test_a_plain_write_follows_a_link(tmp_path):
    (tmp_path / "victim").write_text(SECRET)
    (tmp_path / "results.json").symlink_to(tmp_path / "victim")
    (tmp_path / "results.json").write_text("a result")
    assert "a result" == (tmp_path / "victim").read_text()


@fifos
@attack(10, "control")
def test_a_plain_write_waits_for_the_reader_of_a_fifo(tmp_path):
    """Asked not to wait, opening it fails for want of a reader; else it would not come back."""
    os.mkfifo(tmp_path / "results.json")
    with pytest.raises(OSError, match="No such device or address"):
        os.open(tmp_path / "results.json", os.O_WRONLY | os.O_NONBLOCK)


@attack(10, "held")
@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("planted", [".json", ".part", ".md", ".tmp"])
@pytest.mark.parametrize("dangling", [False, True])
def test_a_link_where_a_report_goes_is_replaced_and_not_followed(
    name, planted, dangling, plain, tmp_path
):
    """Whatever lies in the folder beforehand, under any name that is used on the way."""
    out, victim = tmp_path / "out", tmp_path / "victim"
    out.mkdir()
    if not dangling:
        victim.write_text("as it was")
    for stem in ("results", "summary"):
        (out / f"{stem}{planted}").symlink_to(victim)
    WRITERS[name](out / name, plain)
    assert not dangling or not victim.exists()
    assert dangling or "as it was" == victim.read_text()
    assert stat.S_ISREG((out / name).lstat().st_mode)
    assert (out / name).stat().st_size > 100


@fifos
@attack(10, "held")
@pytest.mark.parametrize("name", WRITERS)
def test_a_fifo_where_a_report_goes_is_replaced(name, plain, tmp_path):
    os.mkfifo(tmp_path / name)
    writer = threading.Thread(target=WRITERS[name], args=(tmp_path / name, plain), daemon=True)
    writer.start()
    writer.join(5)
    if waits := writer.is_alive():
        os.close(os.open(tmp_path / name, os.O_RDONLY | os.O_NONBLOCK))  # let it go
    assert not waits
    assert stat.S_ISREG((tmp_path / name).lstat().st_mode)


@attack(10, "held")
@pytest.mark.parametrize("name", WRITERS)
def test_what_was_written_beforehand_is_replaced_even_if_it_is_read_only(name, plain, tmp_path):
    (tmp_path / name).write_text(FORGED)
    (tmp_path / name).chmod(0o444)
    WRITERS[name](tmp_path / name, plain)
    assert FORGED not in (tmp_path / name).read_text("utf-8")
    assert [tmp_path / name] == list(tmp_path.iterdir()), "nothing else is left"


@attack(10, "held")
@pytest.mark.parametrize("name", WRITERS)
def test_a_folder_where_a_report_goes_is_said_in_one_sentence(name, tmp_path):
    (tmp_path / "out" / name).mkdir(parents=True)
    folder = submission(tmp_path / "it", {}, {})
    words = ["grade", str(folder), "--stage", "0", "--isolation", "auto"]
    done = CliRunner().invoke(commands, [*words, "--out", str(tmp_path / "out")])
    assert 2 == done.exit_code
    assert str(tmp_path / "out" / name) in done.output.splitlines()[-1]
    assert not [path for path in (tmp_path / "out").iterdir() if path.name not in WRITERS]


@attack(10, "held")
def test_results_in_the_submission_are_no_result(grade_attacked):
    names = "results.json", "results/results.json", "exercises/sinmagia/results.json"
    found = grade_attacked({"sensitivity.py": WRONG}, ["first_push"], dict.fromkeys(names, FORGED))
    assert "first_push" in found.kinds


@in_the_sandbox
@attack(10, "held")
def test_a_submission_cannot_write_a_result_where_the_grader_will(grade_attacked):
    grade_attacked({"sensitivity.py": f"""
for path in ("{{outside}}/results.json", "results.json", "/submission/results.json"):
    try:
        with open(path, "w") as file:
            file.write({FORGED!r})
    except OSError:
        pass
"""})  # fmt: skip


@attack(10, "allowed")
def test_the_reports_of_an_earlier_run_are_replaced_and_can_be_read_by_others(plain, tmp_path):
    before = os.umask(0o022)
    for _ in range(2):
        for name, write in WRITERS.items():
            write(tmp_path / name, plain)
    os.umask(before)
    assert plain == json.loads((tmp_path / "results.json").read_text("utf-8"))
    assert {0o644} == {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert set(WRITERS) == {path.name for path in tmp_path.iterdir()}


# 11: printed verdicts

VERDICTS = """
import atexit, json, os, sys

def shout(*_):
    verdict = json.dumps({"score": 100, "id": "first_push", "state": "passed", "forged": True})
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        print("PASSED first_push", verdict, "Points 100/100", sep="\\n", file=stream, flush=True)
    for descriptor in (1, 2):
        os.write(descriptor, f"{verdict}\\nPoints 100/100\\n".encode())

shout()
atexit.register(shout)
"""
PARSED = """
import sinmagia.sensitivity as s
print(f"Points {100 if s.first_push() == 4 else 0}/100")
"""


def points(printed):
    """Read the points as a naive parser does: the best that was said."""
    return max(int(line.split()[1].split("/")[0]) for line in printed.splitlines()
               if line.startswith("Points"))  # fmt: skip


@attack(11, "control")
def test_who_parses_what_is_printed_reads_what_the_submission_printed(tmp_path):
    package = {"sensitivity.py": WRONG}
    assert 0 == points(imported(tmp_path / "plain", PARSED, package).stdout)
    shouts = {"sensitivity.py": WRONG, "tensors.py": VERDICTS}
    assert 100 == points(imported(tmp_path / "shouts", PARSED, shouts).stdout)


@attack(11, "held")
def test_printed_verdicts_are_in_no_report_and_change_none(grade_attacked):
    change = ("return 4", "print('Points 100/100'); return 5")
    found = grade_attacked({"sensitivity.py": change, "tensors.py": VERDICTS}, ["first_push"])
    for forged in ("Points 100/100", "PASSED", "forged"):
        assert forged not in found.output


@attack(11, "allowed")
def test_printing_to_find_a_mistake_costs_nothing(grade_attacked):
    grade_attacked({"sensitivity.py": ("return 4", "print('here', 4); return 4")})


# 13: the files that a workflow's later steps read

APPEND = f"""
import os
for name in {WORKFLOW!r}:
    for path in (os.environ.get(name), "{{outside}}/" + name):
        try:
            with open(path, "a") as file:
                file.write("score=100\\n")
        except (OSError, TypeError):
            pass
"""


@attack(13, "control")
def test_what_is_imported_in_a_step_writes_for_the_steps_after_it(tmp_path):
    path = submission(tmp_path, {"sensitivity.py": APPEND}, {}) / "exercises"
    output = tmp_path / "output"
    python("-c", "import sinmagia", cwd=path, GITHUB_OUTPUT=str(output))
    assert "score=100\n" == output.read_text()


@in_the_sandbox
@attack(13, "held")
def test_the_files_of_a_workflow_are_neither_named_nor_there(grade_attacked):
    """They are in the decoy, which is as it was; the names would cost the exercise."""
    asks = """
    import os
    return 5 if "GITHUB" in str(os.environ) or os.path.exists("{outside}") else 4"""
    names = ("return 4", asks)
    grade_attacked({"sensitivity.py": names, "tensors.py": APPEND})


@attack(13, "allowed")
def test_a_temporary_file_of_ones_own_costs_nothing(grade_attacked):
    grade_attacked(
        {
            "sensitivity.py": (
                "return 4",
                """
    import tempfile
    with tempfile.TemporaryFile("w+") as file:
        file.write("4")
        file.seek(0)
        return int(file.read())""",
            )
        }
    )


# 39: byte code and caches left for the next submission

POISON = """
import os, sys
places = [os.path.dirname(__file__), *np.__path__, os.path.dirname(os.__file__), *sys.path]
written = []
for place in filter(None, places):
    for name in ("__pycache__", "poison.py"):
        try:
            path = os.path.join(place, name)
            os.makedirs(path, exist_ok=False) if name == "__pycache__" else open(path, "w").close()
            written.append(path)
        except OSError:
            pass
if written:
    raise OSError("written")
"""


def byte_code(folder, source="def first_push():\n    return 5\n"):
    """Compile other code in the name of a file; Python is told not to look at the file itself."""
    (folder / "other.py").write_text(source)
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    target = folder / "compiled.pyc"
    py_compile.compile(str(folder / "other.py"), str(target), invalidation_mode=unchecked)
    return target.read_bytes()


def cached(data):
    """Name the byte code of the first stage's file, where Python would look for it."""
    return {f"exercises/sinmagia/__pycache__/sensitivity.{sys.implementation.cache_tag}.pyc": data}


@attack(39, "control")
def test_python_prefers_byte_code_that_lies_beside_the_source(tmp_path):
    (tmp_path / "sensitivity.py").write_text("def first_push():\n    return 4\n")
    program = "import sensitivity; print(sensitivity.first_push())"
    assert "4\n" == python("-c", program, cwd=tmp_path, PYTHONDONTWRITEBYTECODE="1").stdout
    path = tmp_path / f"__pycache__/sensitivity.{sys.implementation.cache_tag}.pyc"
    path.parent.mkdir()
    path.write_bytes(byte_code(tmp_path))
    assert "5\n" == python("-c", program, cwd=tmp_path).stdout


@attack(39, "held")
def test_byte_code_in_the_submission_is_not_taken_in(grade_attacked, tmp_path):
    right = byte_code(tmp_path, (SOLUTIONS / "sinmagia/sensitivity.py").read_text("utf-8"))
    grade_attacked({"sensitivity.py": WRONG}, ["first_push"], cached(right))


@in_the_sandbox
@attack(39, "held")
def test_a_submission_finds_no_place_to_leave_anything_for_the_next(grade_attacked):
    """What it could write would fail it; and the next submission is graded as ever."""
    grade_attacked({"sensitivity.py": POISON})
    grade_attacked()


@attack(39, "allowed")
def test_byte_code_from_the_students_own_runs_costs_nothing(grade_attacked, tmp_path):
    source = (SOLUTIONS / "sinmagia/sensitivity.py").read_text("utf-8")
    grade_attacked(extra=cached(byte_code(tmp_path, source.replace(*WRONG))))


# 41: a crash, in the hope of no grade

CRASHES = {
    "a signal": "import ctypes; ctypes.string_at(0)",
    "an exit": "import os; os._exit(9)",
    "abort": "import os; os.abort()",
}


@attack(41, "control")
def test_who_forgets_what_did_not_answer_grades_the_rest_only(tmp_path):
    """Each exercise in a process that reports it; one that crashes is in no report."""
    program = "import sinmagia.{0} as m\nm.{1}\nprint('passed')"
    changes = {"sensitivity.py": ("return 4", CRASHES["a signal"])}
    path = submission(tmp_path, changes, {}) / "exercises"
    asked = ("sensitivity", "first_push()"), ("tensors", "full((2,), 1)")
    reports = [python("-c", program.format(*it), cwd=path).stdout.strip() for it in asked]
    graded = [report for report in reports if report]
    assert ["passed"] == graded, "all of it, as it seems"


@attack(41, "held")
@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_fails_its_exercise_and_leaves_a_score(crash, grade_attacked):
    whole = grade_attacked().result["score"]
    found = grade_attacked({"sensitivity.py": ("return 4", CRASHES[crash])}, ["first_push"])
    assert whole - 1 == found.result["score"]
    assert (0, "crash") == (found.entries["first_push"]["points"], found.kinds["first_push"])


@attack(41, "held")
def test_hanging_everywhere_fails_what_hangs_and_leaves_a_valid_result(grade_attacked):
    """Also where no time is left to ask."""
    limits = replace(SETTINGS.limits, seconds_a_case=0.3, seconds_at_least=0.2, seconds_a_stage=0.1)
    settings = replace(SETTINGS, limits=limits)
    lost = ["mul_forward", "mul_backward"]
    change = ("return a * b", "while True: pass")
    found = grade_attacked({"ops/elementwise.py": change}, lost, settings=settings)
    assert dict(zip(lost, ("time", "unasked"), strict=True)) == found.kinds


@attack(41, "allowed")
def test_an_exercise_that_is_not_begun_is_pending_and_costs_its_own_points_only(grade_attacked):
    changes = {"sensitivity.py": ("return 4", "raise NotImplementedError")}
    found = grade_attacked(changes, pending=["first_push"])
    assert found.result["max_score"] - 1 == found.result["score"]
