"""No exercise is passed by what only looks right: zeros, the input itself, a gradient of no use."""

import shutil
from operator import attrgetter

import pytest

from grader.curriculum.exercises import EXERCISE, EXERCISES
from grader.grading import grade_folder
from grader.settings import SOLUTIONS, load
from tests.vacuous import APPENDED, KINDS, appended

PAIRS = [(e.id, kind) for e in EXERCISES for kind in KINDS if appended(e, kind)]

# Where a vacuous version is right: the exercise that loses its points instead, and the reason.
REFUSED = "asks what is refused and what is not; the values are asked elsewhere"
RECORDED = "asks what is recorded; what is sent back through it is asked elsewhere"
KEEPS_ITS_POINTS = {
    ("add_backward", "input"): (None, "what comes in is the gradient of both terms of a sum"),
    ("item_of_many", "zeros"): ("item", REFUSED),
    ("numpy_of_graph", "zeros"): ("numpy", REFUSED),
    ("backward_of_many", "zeros"): ("upstream", REFUSED),
    ("backward_of_many", "gradient_of_sum"): ("upstream", REFUSED),
    ("backward_of_constant", "zeros"): ("upstream", REFUSED),
    ("backward_of_constant", "gradient_of_sum"): ("upstream", REFUSED),
    ("record", "no_gradient"): ("chain", RECORDED),
    ("record", "gradient_of_sum"): ("chain", RECORDED),
}


LOST = {"import", "time", "crash"}
# A vacuous version differs in value, but for these, whose tensors nobody knows or can walk back
# from; and for what only gives back what came in, which may be of another type.
RAISES = {
    ("topological_order", "zeros"),
    ("wide_ladder", "zeros"),
    ("deep_chain", "zeros"),
    ("mlp", "no_gradient"),
}


@pytest.fixture
def submission(tmp_path):
    """A copy of the solutions, to be made vacuous."""
    shutil.copytree(SOLUTIONS / "sinmagia", tmp_path / "sinmagia")
    return tmp_path


@pytest.fixture
def attempt(submission, monkeypatch):
    """Grade exercises with source appended to a file: `attempt({file: source}, names)`."""
    monkeypatch.setattr("grader.grading.explanation.explained", lambda found, *_: found)  # slow

    def attempt(sources, names):
        for file, source in sources.items():
            with (submission / "sinmagia" / file).open("a", encoding="utf-8") as out:
                out.write(source)
        exercises = [EXERCISE[name] for name in dict.fromkeys(names)]
        return grade_folder(submission, exercises, load(), "auto").attempts

    return attempt


@pytest.mark.parametrize(("exercise", "kind"), PAIRS)
def test_a_vacuous_version_loses_its_points_wherever_it_is_wrong(attempt, exercise, kind):
    instead, _ = KEEPS_ITS_POINTS.get((exercise, kind), (exercise, ""))
    expected = dict.fromkeys(values_of(exercise) | {exercise}, "passed")
    expected |= {instead: "failed"} if instead else {}
    chosen = EXERCISE[exercise]
    found = attempt({chosen.file: appended(chosen, kind)}, expected)
    assert expected == {name: found[name].state for name in expected}
    may_raise = kind == "input" or (exercise, kind) in RAISES
    others = LOST if may_raise else LOST | {"raised"}
    assert instead is None or found[instead].mismatch.kind not in others, found[instead].mismatch


REFUSING = sorted({(e.file, e.symbol) for e in EXERCISES if e.stage != 2})  # no operation refuses


@pytest.mark.parametrize(("file", "symbol"), REFUSING)
def test_what_always_raises_loses_all_its_points(attempt, file, symbol):
    names = [e.id for e in EXERCISES if (e.file, e.symbol) == (file, symbol)]
    found = attempt({file: f"{APPENDED}\nput(globals(), {symbol!r}, always_refusing)\n"}, names)
    assert dict.fromkeys(names, "failed") == {name: found[name].state for name in names}


def values_of(exercise):
    """Name the exercises that ask for the value of the operation whose gradient this one asks."""
    symbol = EXERCISE[exercise].symbol.replace(".backward", ".forward")
    return {e.id for e in EXERCISES if e.symbol == symbol != EXERCISE[exercise].symbol}


def test_whatever_has_points_has_a_vacuous_version_that_loses_them():
    assert {name for name, _ in set(PAIRS) - set(KEEPS_ITS_POINTS)} == set(EXERCISE)


def test_where_points_are_kept_there_is_a_vacuous_version():
    assert set(KEEPS_ITS_POINTS) <= set(PAIRS)


def test_what_is_replaced_by_itself_keeps_all_points(attempt):
    """So that what is lost is lost for what comes out, not for the way it is replaced."""
    sources = {}
    for file, symbol in dict.fromkeys(map(attrgetter("file", "symbol"), EXERCISES)):
        version = "unchanged" if symbol == "no_grad" else "giving(unchanged)"
        sources.setdefault(file, APPENDED)
        sources[file] += f"\nput(globals(), {symbol!r}, {version})\n"
    found = attempt(sources, EXERCISE)
    assert dict.fromkeys(EXERCISE, "passed") == {name: a.state for name, a in found.items()}
