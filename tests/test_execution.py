"""Running a program: what each observed value becomes, and that nothing it does escapes."""

from types import ModuleType

import numpy as np
import pytest

from grader.programs import oracle
from grader.programs.execution import MOST_TEXT, MOST_VALUES, Raised, Value, execute


class Box:
    """The tensor of a package as small as can be."""

    def __init__(self, data):
        self.array = np.asarray(data)


class Tiny:
    """How the objects of that package are read."""

    module = ModuleType("tiny")
    module.tensor, module.float64 = Box, np.dtype("float64")

    def array_of(self, value):
        return value.array if isinstance(value, Box) else None

    def dtype_of(self, value):
        return value.name if isinstance(value, np.dtype) else None

    def place_of(self, traceback):
        return "tiny.py", 7


@pytest.fixture(params=["tiny", "torch"])
def package(request):
    return Tiny() if request.param == "tiny" else oracle.torch()


def same(expected, actual):
    """Compare values with their arrays: kinds, shapes, dtypes, contents."""
    assert expected.kind == actual.kind, actual
    if isinstance(expected.content, np.ndarray):
        assert type(actual.content) is np.ndarray
        assert expected.content.dtype == actual.content.dtype
        assert expected.content.shape == actual.content.shape
        assert expected.content.tobytes() == actual.content.tobytes()
    elif isinstance(expected.content, list):
        for one, other in zip(expected.content, actual.content, strict=True):
            same(one, other)
    else:
        assert type(expected.content) is type(actual.content)
        assert expected.content == actual.content


def observed(expression, package, source="", **inputs):
    """Run a program that raises nothing, and give the one value observed in it."""
    outcome = execute(source, inputs, (expression,), package)
    assert outcome.raised is None
    (value,) = outcome.values
    return value


ONES = np.ones(2)
KINDS = {
    "None": Value("none", None),
    "1 > 0": Value("bool", True),
    "3": Value("int", 3),
    "-0.5": Value("float", -0.5),
    "'text'": Value("str", "text"),
    "torch.float64": Value("dtype", "float64"),
    "torch.tensor(np.ones(2))": Value("tensor", ONES),
    "torch.tensor(np.array(1.5))": Value("tensor", np.array(1.5)),
    "torch.tensor(np.zeros((0, 2)))": Value("tensor", np.zeros((0, 2))),
    "np.ones(2)": Value("array", ONES),
    "np.array(1.5)": Value("array", np.array(1.5)),
    "np.float32(1.5)": Value("array", np.array(1.5, np.float32)),
    "np.int64(3)": Value("array", np.array(3, np.int64)),
    "np.bool_(True)": Value("array", np.array(True)),
    "np.arange(6).reshape(2, 3).T": Value("array", np.array([[0, 3], [1, 4], [2, 5]])),
    "()": Value("tuple", []),
    "(1, [2.0, None])": Value(
        "tuple",
        [Value("int", 1), Value("list", [Value("float", 2.0), Value("none", None)])],
    ),
    "[torch.tensor(np.ones(2))]": Value("list", [Value("tensor", ONES)]),
    "sinmagia is torch": Value("bool", True),
}


@pytest.mark.parametrize("expression", KINDS)
def test_a_value_of_each_kind_is_described_by_kind_and_content(expression, package):
    same(KINDS[expression], observed(expression, package))


SUBCLASSES = """
class Numbers(list): pass
class Lying(np.ndarray):
    dtype = property(lambda self: np.dtype("float64"))
class Whole(int): pass
class Words(str): pass
"""


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("np.ones(2).view(Lying)", "Lying"),
        ("np.ma.ones(2)", "MaskedArray"),
        ("np.array([None])", "object"),
        ("np.array([1j])", "complex128"),
        ("np.array(['text'])", "str"),
        ("np.ones(2, np.uint16)", "uint16"),
        ("np.longdouble(1)", np.dtype(np.longdouble).name),
        (f"np.zeros({MOST_VALUES + 1})", str(MOST_VALUES + 1)),
        ("1j", "complex"),
        ("Whole(3)", "Whole"),
        ("Words('text')", "Words"),
        ("b'bytes'", "bytes"),
        ("{1: 2}", "dict"),
        ("range(3)", "range"),
        ("[0] * 101", "list"),
        ("type('X' * 999, (), {})()", "X" * MOST_TEXT),
    ],
)
def test_what_a_tensors_world_lacks_is_other_and_named(expression, name, package):
    value = observed(expression, package, SUBCLASSES)
    assert value.kind == "other"
    assert name in value.content
    assert len(value.content) <= MOST_TEXT


def test_lists_deeper_than_four_are_other(package):
    value = observed("[[[[[1]]]]]", package)
    for _ in range(4):
        assert value.kind == "list"
        (value,) = value.content
    same(Value("other", "list"), value)


def test_an_observed_array_is_a_copy_at_that_moment(package):
    outcome = execute("a = np.zeros(2)", {}, ("a", "a.fill(1)", "a"), package)
    same(Value("array", np.zeros(2)), outcome.values[0])
    same(Value("array", ONES), outcome.values[2])


def test_an_observed_text_is_cut(package):
    same(Value("str", "x" * MOST_TEXT), observed("'x' * 100_000", package))


def test_an_observed_array_of_just_the_most_values_is_given(package):
    same(Value("array", np.zeros(MOST_VALUES)), observed(f"np.zeros({MOST_VALUES})", package))


GIVEN = {
    "a": np.array([[1.0, 2.0], [3.0, 4.0]]),
    "fortran": np.array([[1.0, 2.0], [3.0, 4.0]], order="F"),
    "every_second": np.arange(8.0)[::2],
    "scalar": np.array(1.0),
    "frozen": np.array([1.0]),
}
GIVEN["frozen"].flags.writeable = False


@pytest.mark.parametrize("name", GIVEN)
def test_an_input_comes_back_as_the_program_left_it_and_the_callers_stays(name, package):
    given = GIVEN[name]
    before = given.copy()
    outcome = execute(f"{name} += 1", {name: given}, (name,), package)
    assert outcome.raised is None
    same(Value("array", np.asarray(before + 1)), Value("array", outcome.inputs[name]))
    same(Value("array", before), Value("array", given))


@pytest.mark.parametrize("source", ["", "a = a + 1", "del a", "b += 0"])
def test_an_input_that_the_program_leaves_alone_comes_back_equal(source, package):
    outcome = execute(source, {"a": ONES, "b": ONES}, (), package)
    assert {"a", "b"} == outcome.inputs.keys()
    same(Value("array", ONES), Value("array", outcome.inputs["a"]))


@pytest.mark.parametrize(
    ("source", "types"),
    [
        ("1 / 0", ("ZeroDivisionError", "ArithmeticError", "Exception", "BaseException")),
        ("raise SystemExit(3)", ("SystemExit", "BaseException")),
        ("raise KeyboardInterrupt", ("KeyboardInterrupt", "BaseException")),
        ("raise GeneratorExit", ("GeneratorExit", "BaseException")),
        ("raise NotImplementedError", ("NotImplementedError", "RuntimeError")),
        ("class E(ValueError): pass\nraise E", ("E", "ValueError", "Exception")),
        ("x = = 1", ("SyntaxError", "Exception", "BaseException")),
        ("def f(): return f()\nf()", ("RecursionError", "RuntimeError")),
    ],
)
def test_whatever_a_program_raises_is_its_outcome(source, types, package):
    outcome = execute(source, {}, ("1",), package)
    assert types == outcome.raised.types[: len(types)]
    assert outcome.values == ()


@pytest.mark.parametrize("expression", ["missing", "x = = 1", "exit(3)"])
def test_whatever_an_observed_expression_raises_is_the_outcome(expression, package):
    source = "def exit(code): raise SystemExit(code)"
    outcome = execute(source, {}, ("1", expression, "2"), package)
    assert outcome.raised.types[0] in ("NameError", "SyntaxError", "SystemExit")


def test_an_exception_has_its_message_and_its_place_in_the_package():
    raised = execute("raise ValueError('why')", {}, (), Tiny()).raised
    types = ("ValueError", "Exception", "BaseException")
    assert raised == Raised(types, "why", "tiny.py", 7)


def test_an_exceptions_message_is_cut(package):
    raised = execute("raise ValueError('x' * 100_000)", {}, (), package).raised
    assert raised.message == "x" * MOST_TEXT


ODD = {
    "__str__ raises": "class E(Exception):\n    def __str__(self): 1 / 0\nraise E",
    "__str__ exits": "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
    "__str__ gives no text": "class E(Exception):\n    def __str__(self): return 1\nraise E",
    "no message": "raise SyntaxError(None, ('tensors.py', 1, 1, ''))",
    "bytes for a file": "e = SyntaxError('m')\ne.filename = b'tensors.py'\nraise e",
    "an object for a line": "raise SyntaxError('m', ('tensors.py', object(), 1, ''))",
    "bytes for a path": "raise ImportError('m', path=b'tensors.py')",
}


@pytest.mark.parametrize("odd", ODD)
def test_an_exception_that_is_not_made_as_usual_is_described_all_the_same(odd, package):
    raised = execute(ODD[odd], {}, (), package).raised
    assert raised.types[0] in ("E", "SyntaxError", "ImportError")
    assert type(raised.message) is str
    assert raised.file is None or type(raised.file) is str
    assert raised.line is None or type(raised.line) is int
