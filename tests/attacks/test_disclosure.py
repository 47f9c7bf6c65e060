"""Attacks that carry something: out of the sandbox, into a report's reader, or across runs."""

import csv
import json
import re
from io import StringIO

import pytest
from markdown_it import MarkdownIt
from rich.console import Console

from grader.curriculum.exercises import EXERCISE, EXERCISES, STAGES
from grader.feedback.escaping import cell
from grader.feedback.failures import MOST_CARRIED
from grader.feedback.values import MOST_SHOWN
from grader.grading import staging
from grader.grading.attempts import Attempt
from grader.grading.bank import Bank
from grader.grading.compare import Mismatch
from grader.isolation import intake, sandbox
from grader.isolation.budget import Budget
from grader.isolation.process import Worker
from grader.programs.execution import MOST_TEXT
from grader.settings import SOLUTIONS, STUBS
from tests.attacks import attack
from tests.attacks.harness import SETTINGS, in_the_sandbox, python, submission
from tests.test_hostile_text import COMMAND, TEXT, active, control
from tests.test_reports import documented
from tests.workers import ISOLATED, observed

# 12: text that acts on a workflow, a terminal, Markdown, HTML or a spreadsheet

HOSTILE = (
    TEXT + "<b>b</b>\n##[command]x\n|a|b|\n```\n</details># h\n=cmd|' /C calc'!A0 [red]x[/red]"
)
SAID = f"""
TEXT = {HOSTILE!r}

def numerical_gradient(f, x, h=0):
    raise type(TEXT.replace("\\0", ""), (Exception,), {{}})(TEXT)
"""
SHAPED = ("return self._data.shape", f"return ({HOSTILE!r},)")
ITEM = ("return self._data.item()", f"return {HOSTILE!r}")


def elements(markdown):
    """Name the elements of the page that a browser makes of Markdown."""
    return {found[0] for found in active(markdown) if type(found) is tuple}


@attack(12, "control")
def test_text_that_is_passed_on_as_it_is_acts_on_its_reader():
    assert COMMAND.findall(HOSTILE)
    assert control(HOSTILE)
    assert {"a", "b"} <= elements(f"- {HOSTILE}")
    out = StringIO()
    Console(file=out, force_terminal=True, color_system="standard").print(HOSTILE[-20:])
    assert "\x1b[31m" in out.getvalue(), "Rich has a markup of its own"
    table = StringIO()
    csv.writer(table).writerow(["=cmd|' /C calc'!A0"])
    assert table.getvalue().startswith("="), "a spreadsheet takes it for a formula"


@attack(12, "held")
def test_hostile_text_is_only_text_wherever_a_submission_can_say_it(grade_attacked):
    """In a type, a message, a value, and printed."""
    prints = f"import sys\nfor stream in (sys.stdout, sys.stderr): print({HOSTILE!r}, file=stream)"
    changes = {"sensitivity.py": SAID, "tensors.py": SHAPED, "optim.py": prints}
    found = grade_attacked(changes, ["numerical_gradient", "tensor_shape"])
    assert {"numerical_gradient": "raised", "tensor_shape": "value"} == found.kinds
    values = grade_attacked({"tensors.py": ITEM}, ["item"], exercises=["item"])
    for page in (found.summary, values.summary):
        assert not {"a", "b", "img"} & elements(page), "no report of ours has them"


@attack(12, "held")
def test_a_formula_is_text_in_a_cell():
    assert not cell("=cmd|' /C calc'!A0").startswith("=")


@attack(12, "allowed")
def test_an_ordinary_message_reads_as_it_was_written(grade_attacked):
    message = "shapes (2, 3) & (3,) do not fit: a_b < c_d"
    change = ("return 4", f"raise ValueError({message!r})")
    found = grade_attacked({"sensitivity.py": change}, ["first_push"], exercises=["first_push"])
    assert message in " ".join(found.terminal.split())
    (inline,) = (token for token in MarkdownIt("commonmark", {"html": True}).parse(found.summary)
                 if token.type == "inline" and "shapes" in token.content)  # fmt: skip
    read = "".join(child.content for child in inline.children)
    assert message in read


# 21: carrying inputs out through exceptions, prints and shapes

GATHER = """
import sys
seen = []
def numerical_gradient(f, x, h=1e-5):
    seen.append(x.tolist())
    print("seen", seen, file=sys.stderr)
    print("seen", seen)
    if len(seen) > {after}:
        {how}
    return right(f, x, h)
"""
HOW = {
    "an exception": "raise ValueError(str(seen))",
    "its type": "raise type(str(seen), (Exception,), {})",
    "a value": "return str(seen)",
    "a list": "return [str(s)[:300] for s in seen[:100]]",
    "a shape": "return np.zeros([len(s) if type(s) is list else 0 for s in seen[:20]])",
}
DEF = "def numerical_gradient(f, x, h=1e-5):"


def gathering(how, after=10):
    source = GATHER.format(how=HOW[how], after=after)
    return {"sensitivity.py": (DEF, f"{source}\n\n{DEF.replace('numerical_gradient', 'right')}")}


@attack(21, "control")
def test_a_traceback_that_is_shown_carries_every_input_out(tmp_path):
    program = """
import numpy as np
from sinmagia.sensitivity import numerical_gradient
for n in range(20):
    numerical_gradient(lambda x: x.sum(), np.array([n + 0.125]))
"""
    path = submission(tmp_path, gathering("an exception"), {}) / "exercises"
    said = python("-c", program, cwd=path).stderr
    assert all(f"[{n}.125]" in said.splitlines()[-1] for n in range(10))


@attack(21, "held")
@pytest.mark.parametrize("how", HOW)
def test_of_what_a_submission_saw_no_more_than_a_bounded_text_is_shown(how, grade_attacked):
    lost = ["numerical_gradient"]
    found = grade_attacked(gathering(how), lost, exercises=["first_push", *lost])
    entry = found.entries["numerical_gradient"]["feedback"]
    assert "seen" not in found.output, "what is printed is in no report"
    assert len(entry["message"]) < 2 * MOST_TEXT + 400
    assert len(entry["actual"] or "") <= MOST_SHOWN + 100, "which says so"
    assert len(found.summary) + len(found.terminal) < 12_000


@attack(21, "held")
def test_of_the_hidden_cases_one_is_shown_in_full(grade_attacked):
    """The smallest, which shrinking found: mostly no case of the bank at all."""
    lost = ["mul_forward"]
    found = grade_attacked({"ops/elementwise.py": ("return a * b", "return a + b")}, lost)
    shown = found.entries["mul_forward"]["feedback"]["program"]
    cases = Bank(SETTINGS).cases(EXERCISE["mul_forward"])
    assert len(cases) > 30
    assert 1 >= sum(case.program.script("sinmagia") in found.output for case in cases)
    assert shown.count("torch.tensor") == 2


@attack(21, "allowed")
def test_a_students_own_exception_is_shown_with_its_place(grade_attacked):
    change = ("return 4", 'raise ValueError("x was [1.0, 2.0]")')
    found = grade_attacked({"sensitivity.py": change}, ["first_push"], exercises=["first_push"])
    entry = found.entries["first_push"]["feedback"]
    assert "x was [1.0, 2.0]" in entry["message"]
    assert "exercises/sinmagia/sensitivity.py" == entry["file"]


# 28: telling the grader by its environment, arguments, paths or order of calls

LOOK = """
import json, os, sys
seen = json.dumps({
    "argv": sys.argv, "environment": sorted(os.environ.items()), "folder": os.getcwd(),
    "path": sys.path, "file": torch.__file__, "user": [os.getuid(), os.getgid()],
    "modules": sorted(sys.modules), "host": os.uname().nodename, "interpreter": sys.executable,
    "flags": list(sys.flags), "files": sorted(os.listdir(os.path.dirname(torch.__file__))),
})
parts = [seen[i:i + 300] for i in range(0, len(seen), 300)]
parts = [parts[i:i + 90] for i in range(0, len(parts), 90)]
"""


def looked(folder, isolation=ISOLATED):
    """Tell what a submission sees around itself."""
    taken = intake.take(folder, staging.STUDENT_FILES)
    with (
        staging.tree(staging.whole(taken)) as tree,
        Worker(tree, isolation, Budget(SETTINGS.limits)) as worker,
    ):
        (parts,) = observed(worker, LOOK, "parts")
        return json.loads("".join(part for row in parts for part in row))


@attack(28, "control")
def test_a_grader_that_has_names_of_its_own_can_be_told(tmp_path):
    """Of a test that runs in its process, pytest tells in the environment and in the modules."""
    change = ("return 4", "import os, sys; return 4 if 'PYTEST_CURRENT_TEST' in os.environ else 5")
    path = submission(tmp_path, {"sensitivity.py": change}, {}) / "exercises"
    test = "from sinmagia.sensitivity import first_push\ndef test_it(): assert first_push() == 4\n"
    (path / "test_it.py").write_text(test)
    assert 0 == python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=path,
                       PYTEST_DISABLE_PLUGIN_AUTOLOAD="1").returncode  # fmt: skip
    program = "from sinmagia.sensitivity import first_push as f; print(f())"
    assert "5\n" == python("-c", program, cwd=path).stdout


@in_the_sandbox
@attack(28, "held")
def test_what_a_submission_sees_names_neither_student_nor_seed_nor_exercise(tmp_path, monkeypatch):
    """Two students see the same, and so does every case: it does not say which one is asked."""
    monkeypatch.setenv("SINMAGIA_SEED", "one")
    one = looked(submission(tmp_path / "ana", {}, {}))
    monkeypatch.setenv("SINMAGIA_SEED", "other")
    monkeypatch.chdir(tmp_path)
    assert one == looked(submission(tmp_path / "mateo", {}, {}))
    assert "/tmp" == one["folder"]
    assert "/submission/sinmagia/__init__.py" == one["file"]
    assert sandbox.ENVIRONMENT.items() <= dict(one["environment"]).items()
    assert {"PWD"} >= dict(one["environment"]).keys() - sandbox.ENVIRONMENT.keys()
    assert not {"_pytest", "hypothesis", "torch", "grader.grading"} & set(one["modules"])
    assert not [word for word in ("ana", "mateo", "seed", *EXERCISE) if word in str(one["argv"])]


@in_the_sandbox
@attack(28, "held")
@pytest.mark.parametrize(("answers", "lost"), [((5, 4), ["first_push"]), ((4, 5), [])])
def test_a_submission_that_knows_where_it_is_still_needs_the_answers(answers, lost, grade_attacked):
    """To tell the sandbox by its paths is possible. Whoever answers rightly there has the answers;
    whoever answers wrongly there, and rightly at the desk, loses.
    """
    there, elsewhere = answers
    knows = f"return {there} if __file__.startswith('/submission/') else {elsewhere}"
    grade_attacked({"sensitivity.py": ("return 4", knows)}, lost, exercises=["first_push"])


@attack(28, "allowed")
def test_a_submission_may_read_its_own_files_and_know_its_own_name(grade_attacked):
    change = (
        "return 4",
        """
    from pathlib import Path
    text = Path(__file__).read_text()
    return 4 if __name__ == "sinmagia.sensitivity" and "first_push" in text else 5""",
    )
    grade_attacked({"sensitivity.py": change}, exercises=["first_push"])


# 43: the reference's files, carried out in what is returned

READ = """
import os
def read():
    folder, data = os.path.dirname(__file__), b""
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".pyc"):
                data += open(os.path.join(place, name), "rb").read()
    return data.hex()
CARRIED = read()
"""
WAYS = {
    "a message": "raise type(CARRIED[:300], (Exception,), {})(CARRIED)",
    "a type": "raise type(CARRIED[:300] or 'x', (Exception,), {})",
    "text": "return CARRIED[:300]",
    "a list": "return [CARRIED[i * 300:(i + 1) * 300] for i in range(100)]",
    "lists in a list": "return [[CARRIED[(i * 9 + j) * 300:][:300] for j in range(9)]"
                       " for i in range(9)]",
    "arrays in a tuple": "return tuple(np.frombuffer(CARRIED[i * 800:][:800].encode(), 'f8')"
                         " for i in range(9))",
    "a number": "return float(int(CARRIED[:12] or '0', 16))",
    "a great number": "return int(CARRIED[:16] or '0', 16)",
    "an array": "return np.frombuffer(CARRIED[:8000].encode(), np.float64)",
    "a shape": "return np.zeros([0, *CARRIED[:60].encode()][:40])",
    "a line": "error = SyntaxError('x'); error.filename = __file__;"
              " error.lineno = int(CARRIED[:900] or '1', 16); raise error",
    "a line that is none": "error = SyntaxError('x'); error.filename = __file__;"
                           " error.lineno = -5; raise error",
    "an end": "os._exit(int(CARRIED[:2] or '0', 16))",
}  # fmt: skip
WHOLE = READ.replace(
    "CARRIED = read()",
    """
CARRIED = read()
if CARRIED:
    raise type(CARRIED[:300], (Exception,), {})(CARRIED)
""",
)
FORGED = """
from grader.isolation import wire
def numerical_gradient(f, x, h=0):
    outcome = {"values": [["str", "x"]], "raised": None, "inputs": {"a": x}}
    if "raised" in "{put}":
        outcome["raised"] = {"types": ["x"], "message": "x", "file": None, "line": None}
    for request in range(1, 99):
        forged = {"id": request, "index": 0, "outcome": outcome}
        {put} = CARRIED
        for number in range(3, 12):
            try:
                with os.fdopen(os.dup(number), "wb") as channel:
                    wire.write(channel, forged)
            except OSError:
                pass
    return None
"""
ALONE = """
def numerical_gradient(f, x, h=0):
    if not CARRIED:
        return None
    {way}
"""
DIGITS = re.compile(r"[0-9a-f]{20,}")  # what was read, in a row that nothing else makes


def carried(text):
    """Count the digits of what was read that stand in a text."""
    return sum(map(len, DIGITS.findall(text)))


@attack(43, "control")
def test_the_reference_lies_beside_a_stage_and_can_be_read(tmp_path):
    """Whoever shows a whole value shows a whole file: byte code, but all of it."""
    taken = intake.take(submission(tmp_path, {}, {}), staging.STUDENT_FILES)
    mixed = staging.mixed(taken, STAGES[0])
    read = "data = open(torch.__file__.replace('__init__', 'tensors'), 'rb').read().hex()"
    with (
        staging.tree(mixed) as tree,
        Worker(tree, ISOLATED, Budget(SETTINGS.limits)) as worker,
    ):
        part = "[[data[(i * 90 + j) * 300:][:300] for j in range(90)] for i in range(3)]"
        (rows,) = observed(worker, read, part)
    came = "".join(item for row in rows for item in row)
    assert mixed["tensors.pyc"].hex() == came


@attack(43, "held")
@pytest.mark.parametrize("way", WAYS)
def test_no_way_carries_out_more_than_a_number_and_a_bounded_text(way, grade_attacked):
    """What remains, an exercise: a type of 80 characters and a message of 100, or 100 characters of
    a value, or one number with the digits that tell it apart; and a line number. Of all characters
    that can be printed, 17 bits each, that is some 3100 bits, or 390 bytes. That times 123
    exercises would be 47 kB a push; as only the first ten have texts of their own, it is some 4 kB,
    in plain sight of whoever reads a report. The byte code of all the students' files is 68 kB,
    compressed 21. So it slows a thief down and does not stop one.
    """
    lost = ["numerical_gradient"]
    changes = {"sensitivity.py": READ + ALONE.format(way=WAYS[way])}
    found = grade_attacked(changes, lost, exercises=["first_push", *lost])
    entry = found.entries["numerical_gradient"]["feedback"]
    assert carried(json.dumps(entry)) <= 2 * MOST_CARRIED
    assert len(entry["actual"] or "") <= MOST_CARRIED + 1, "…"
    assert len(entry["message"]) <= 2 * MOST_CARRIED + 400, "and our own words"
    assert entry["line"] <= 1_000_000


@attack(43, "held")
def test_beside_the_reference_ten_failures_are_told_in_a_submissions_own_words():
    words = {"types": ("CarriedError", "ValueError"), "file": "optim.py", "line": 1}
    result = documented({
        exercise.id: Attempt("failed", limited=True, mismatch=Mismatch(
            "raised", words=words | {"message": f"carried {exercise.id}"}))
        for exercise in EXERCISES
    })  # fmt: skip
    told = ["arried" in entry["feedback"]["message"] for entry in result["exercises"]]
    assert [True] * 10 + [False] * (len(EXERCISES) - 10) == told
    assert "ValueError" in result["exercises"][-1]["feedback"]["message"]


@attack(43, "held")
def test_a_failed_import_carries_out_no_more(grade_attacked):
    changes = {"sensitivity.py": WHOLE.replace("if CARRIED", "if not CARRIED: x\nif CARRIED")}
    found = grade_attacked(changes, ["first_push", "numerical_gradient"])
    for entry in found.entries.values():
        assert carried(json.dumps(entry)) <= 2 * MOST_CARRIED


@attack(43, "held")
@pytest.mark.parametrize("put", ["['values', 0, 1]", "['raised', 'message']", "['inputs', 'a']"])
def test_a_reply_that_is_forged_carries_out_no_more(put, grade_attacked):
    """What the worker bounds is bounded again by whoever reads its answers."""
    lost = ["numerical_gradient"]
    parts = "".join(f"[{part.strip()}]" for part in put.strip("[]").split(","))
    forged = FORGED.replace("{put}", f"forged['outcome']{parts}")
    found = grade_attacked({"sensitivity.py": READ + forged}, lost, exercises=lost)
    assert carried(found.output) <= 2 * MOST_CARRIED
    assert "protocol" == found.kinds["numerical_gradient"]


@attack(43, "allowed")
def test_a_failure_beside_the_reference_still_tells_an_honest_student_what_differs(grade_attacked):
    """The package alone stops at its stubs; the stage, beside the reference, has a wrong number."""
    stub = (STUBS / "sinmagia" / "tensors.py").read_text("utf-8")
    whole = (SOLUTIONS / "sinmagia" / "tensors.py").read_text("utf-8")
    changes = {"tensors.py": (whole, stub), "optim.py": ("p -= self.lr *", "p += self.lr *")}
    found = grade_attacked(changes, ["sgd_step"], exercises=["sgd_step"])
    entry = found.entries["sgd_step"]["feedback"]
    assert ("value", True) == (entry["kind"], entry["note"] is not None)
    assert re.fullmatch(r"\[[\d, ]*\]: -?[\d.e+-]+", entry["actual"])
    assert entry["actual"] != entry["expected"]
