"""The catalogue of attacks: every row is tried, with its control and its harmless neighbour.

A row has three parts, each a test of its own or more: `control` (where the defence is off, the
attack works), `held` (where it is on, it does not), `allowed` (what is next to it and honest goes
on working).
"""

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable)

ROWS = {
    1: "a conftest.py that turns failures into passes",
    2: "patching what judges: TestReport, np.testing, isclose, abs",
    3: "settings of pytest: pytest.ini, addopts, -p, collect_ignore",
    4: "a plugin through the entry points of a *.dist-info",
    5: "code at start-up: sitecustomize.py, usercustomize.py, a .pth file",
    6: "a module that shadows a library: numpy.py, random.py, json.py",
    7: "more tests, all passing, to dilute the weights",
    8: "ending the process: sys.exit, os._exit, at import, in an operation, in __del__",
    9: "what acts later: atexit, a thread, a process that forked twice",
    10: "a result written beforehand; a link or a FIFO in its place",
    11: "printed verdicts",
    12: "text that acts on a workflow, a terminal, Markdown, HTML or a spreadsheet",
    13: "the files that a workflow's later steps read",
    14: "frames and gc.get_objects(), for what is expected",
    15: "the channel: early, twice, too long, never, malformed, a huge length",
    16: "a pickle where bytes are expected",
    17: "opening the grader, the solutions, .git, home, the environment of a parent",
    18: "the environment of the sandbox's own first process",
    19: "inherited file descriptors",
    20: "sockets, names of hosts, abstract sockets",
    21: "carrying inputs out through exceptions, prints and shapes",
    22: "answers kept for the cases that were seen",
    23: "importing another autograd",
    24: "objects that lie when compared",
    25: "NaN, infinities, empty, broadcast, complex, object, string and float16 arrays",
    26: "changing the inputs until they match the output",
    27: "an earlier answer, kept by id() or by shape",
    28: "telling the grader by its environment, arguments, paths or order of calls",
    29: "patching another stage's module from one's own",
    30: "what does not end: a loop, a sleep, a long call in C, a regular expression",
    31: "many processes, many threads",
    32: "a daemon that outlives the time limit",
    33: "memory at once and little by little; disk and inodes",
    34: "output without end",
    35: "links, devices, FIFOs, huge sparse files, `..`, names that are not UTF-8",
    36: "signals to the parent, the group, process 1",
    37: "ptrace, process_vm_readv, io_uring, user namespaces, mounts",
    38: "typing into the terminal of the host (TIOCSTI)",
    39: "byte code and caches left for the next submission",
    40: "sys.settrace, a recursion limit without bound, a stack that overflows",
    41: "a crash, in the hope of no grade",
    42: "back-dated commits",
    43: "the reference's files, carried out in what is returned",
}
PARTS = "control", "held", "allowed"
UNTESTED = {42: "deadlines are judged by the time of the push, which a sweep of GitHub will bring"}
tried: set[tuple[int, str]] = set()


def attack(number: int, part: str) -> Callable[[Test], Test]:
    """Say which part of which row a test tries."""
    assert number in ROWS
    assert part in PARTS

    def noted(test: Test) -> Test:
        tried.add((number, part))
        return test

    return noted
