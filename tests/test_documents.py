"""Documents of outcomes and cases: what was written is read back, what does not fit is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.isolation import wire
from grader.isolation.process import MALFORMED
from grader.programs.cases import Case, Predicate
from grader.programs.documents import (
    MOST_LINES,
    case_document,
    read_case,
    read_outcome,
    read_raised,
)
from grader.programs.execution import (
    DTYPES,
    MOST_BITS,
    MOST_TEXT,
    Outcome,
    Raised,
    Value,
    to_document,
)
from grader.programs.program import Program

DEPTH = 4  # of tuples and lists within each other

texts = st.text(max_size=MOST_TEXT)
names = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
arrays = st.sampled_from(sorted(DTYPES)).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0))
)
inputs = st.dictionaries(names, arrays, max_size=3)
leaves = st.one_of(
    st.builds(Value, st.just("none"), st.none()),
    st.builds(Value, st.just("bool"), st.booleans()),
    st.builds(Value, st.just("int"), st.integers(1 - 2**MOST_BITS, 2**MOST_BITS - 1)),
    st.builds(Value, st.just("float"), st.floats()),
    st.builds(Value, st.sampled_from(["str", "dtype", "other"]), texts),
    st.builds(Value, st.sampled_from(["tensor", "array"]), arrays),
)


def values(depth=0):
    if depth == DEPTH:
        return leaves
    inner = st.deferred(lambda: st.lists(values(depth + 1), max_size=3))
    return leaves | st.builds(Value, st.sampled_from(["tuple", "list"]), inner)


places = st.just((None, None)) | st.tuples(texts, st.integers(1, MOST_LINES))
types = st.lists(texts, min_size=1, max_size=20).map(tuple)
exceptions = st.builds(
    lambda types, message, place: Raised(types, message, *place), types, texts, places
)
outcomes = st.builds(
    Outcome, st.lists(values(), max_size=4).map(tuple), st.none() | exceptions, inputs
)
predicates = st.builds(Predicate, texts, st.dictionaries(names, st.integers()))
programs = st.builds(Program, texts, inputs, st.lists(texts).map(tuple))
cases = st.builds(
    Case, programs, outcomes | predicates, st.none() | programs, st.none() | st.floats(0, 1)
)


def carried(document):
    """Send a document over the wire."""
    return wire.decode(wire.encode(document))


@given(outcomes)
@settings(deadline=None)
def test_an_outcome_comes_back_as_it_was(outcome):
    came = read_outcome(carried(to_document(outcome)))
    assert wire.encode(to_document(outcome)) == wire.encode(to_document(came))
    assert all(isinstance(value, Value) for value in came.values)
    assert outcome.raised == came.raised


@given(cases)
@settings(deadline=None)
def test_a_case_comes_back_as_it_was(case):
    came = read_case(carried(case_document(case)))
    assert wire.encode(case_document(case)) == wire.encode(case_document(came))
    assert type(case.expected) is type(came.expected)
    assert case.program.digest == came.program.digest
    assert (case.twin and case.twin.digest) == (came.twin and came.twin.digest)


def nested(depth):
    value = ["int", 1]
    for _ in range(depth):
        value = ["tuple", [value]]
    return value


MISFITS = {
    "an unknown kind": ["complex", 1],
    "a kind that is None": [None, None],
    "a kind that is a list": [["int"], 1],
    "a kind that is an array": [np.ones(2), 1],
    "no content": ["int"],
    "too much content": ["int", 1, 2],
    "not a pair": 5,
    "nothing": None,
    "bool for int": ["int", True],
    "int for bool": ["bool", 1],
    "int for float": ["float", 1],
    "float for int": ["int", 1.0],
    "text for int": ["int", "1"],
    "something for none": ["none", 0],
    "int for text": ["str", 1],
    "a huge number": ["int", 1 << MOST_BITS],
    "array for text": ["str", np.ones(2)],
    "array for float": ["float", np.array(1.0)],
    "list for tensor": ["tensor", [1.0, 2.0]],
    "float for array": ["array", 1.0],
    "an array of another dtype": ["tensor", np.ones(2, np.uint16)],
    "int for tuple": ["tuple", 3],
    "huge text": ["str", "x" * (MOST_TEXT + 1)],
    "huge name of a dtype": ["dtype", "x" * (MOST_TEXT + 1)],
    "huge name of a type": ["other", "x" * (MOST_TEXT + 1)],
    "too many items": ["list", [["int", 1]] * 101],
    "an item that does not fit": ["tuple", [["int", 1], ["int", True]]],
    "nested one level too deep": nested(DEPTH + 1),
    "nested without end": nested(100_000),
}
EXCEPTION = {"types": ["ValueError"], "message": "", "file": "tensors.py", "line": 3}


def without(key, document):
    return {name: part for name, part in document.items() if name != key}


def outcome(**parts):
    return {"values": [], "raised": None, "inputs": {}} | parts


NOT_OUTCOMES = {
    **{f"a value: {name}": outcome(values=[["int", 1], value]) for name, value in MISFITS.items()},
    **{f"it is {wrong!r}": wrong for wrong in (None, 3, "text", [], [1, 2])},
    **{f"without {key}": without(key, outcome()) for key in outcome()},
    **{f"values are {wrong!r}": outcome(values=wrong) for wrong in (None, 3, "text", {"int": 1})},
    **{f"inputs are {wrong!r}": outcome(inputs=wrong) for wrong in (None, 3, "text")},
    **{f"an input is {wrong!r}": outcome(inputs={"x": np.ones(2), "y": wrong})
       for wrong in (None, 1.0, [1.0])},
    **{f"raised is {wrong!r}": outcome(raised=wrong)
       for wrong in (0, False, "", [], {}, 1, True, "ValueError", ["ValueError"])},
    **{f"raised without {key}": outcome(raised=without(key, EXCEPTION)) for key in EXCEPTION},
    **{f"raised of types {wrong!r}": outcome(raised={**EXCEPTION, "types": wrong})
       for wrong in (None, 3, {}, [])},
}  # fmt: skip


@pytest.mark.parametrize("document", NOT_OUTCOMES.values(), ids=NOT_OUTCOMES)
def test_what_is_not_an_outcome_is_refused(document):
    with pytest.raises(MALFORMED):
        read_outcome(document)


def test_what_is_refused_was_so_for_the_one_thing_that_is_wrong_in_it():
    """The malformed documents are made of this one, which is read."""
    came = read_outcome(outcome(values=[["int", 1]], raised=EXCEPTION, inputs={"x": np.ones(2)}))
    assert came.values == (Value("int", 1),)
    assert came.raised == Raised(("ValueError",), "", "tensors.py", 3)
    assert read_outcome(outcome(values=[nested(DEPTH)])).values[0].kind == "tuple"


def test_an_exception_is_cut_to_size():
    long = "x" * (MOST_TEXT + 1)
    raised = read_raised({"types": [long] * 21, "message": long, "file": None, "line": None})
    assert raised == Raised((long[:-1],) * 20, long[:-1])


def test_the_place_of_an_exception_is_bounded_too():
    came = read_raised(EXCEPTION | {"file": "x" * 100_000}).file
    assert came is None or len(came) <= MOST_TEXT


@pytest.mark.parametrize(("said", "line"), [(-5, 1), (0, 1), (10**400, MOST_LINES)])
def test_a_line_that_no_file_has_is_the_next_that_one_may_have(said, line):
    raised = read_raised(EXCEPTION | {"line": said})
    assert (raised.file, raised.line) == ("tensors.py", line)


@pytest.mark.parametrize(
    "wrong",
    [{"file": 3}, {"file": None}, {"line": "3"}, {"line": True}, {"line": None}, {"line": 3.0}],
    ids=str,
)
def test_a_place_that_does_not_fit_is_no_place(wrong):
    raised = read_raised(EXCEPTION | wrong)
    assert (raised.file, raised.line) == (None, None)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | arrays,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.fixed_dictionaries({"values": json, "raised": json, "inputs": json}) | json)
@settings(deadline=None)
def test_any_document_is_an_outcome_or_refused(document):
    try:
        came = read_outcome(document)
    except MALFORMED:
        return
    assert came.raised is None or isinstance(came.raised, Raised)
