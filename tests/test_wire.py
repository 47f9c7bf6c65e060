"""The wire format: what it carries comes back exactly, and what it does not is refused."""

import io
import json
import pickle
import struct
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.isolation import wire
from grader.isolation.wire import WireError
from grader.programs.execution import DTYPES
from tests.attacks import attack

LAYOUTS = {
    "as it is": lambda array: array,
    "transposed": lambda array: array.T,
    "reversed": lambda array: np.asarray(np.flip(array)),
    "Fortran order": lambda array: np.array(array, order="F"),
    "repeated by strides of 0": lambda array: np.broadcast_to(array, (2, *array.shape)),
}

shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3)
arrays = st.sampled_from(sorted(DTYPES)).flatmap(lambda dtype: hnp.arrays(dtype, shapes))
laid_out = st.tuples(arrays, st.sampled_from(sorted(LAYOUTS))).map(
    lambda pair: LAYOUTS[pair[1]](pair[0])
)
names = st.text(max_size=5).filter(lambda name: name != "$array")  # the name that marks an array
json_leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


def documents(leaves):
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=8,
    )


def exact(document):
    """Write a document so that equal means equal: types, dtypes, shapes and every bit."""
    match document:
        case np.ndarray():
            return document.dtype.str, document.shape, document.tobytes()
        case list():
            return [exact(item) for item in document]
        case dict():
            return {key: exact(item) for key, item in document.items()}
    return type(document), repr(document)  # repr tells -0.0 from 0.0, and NaN is NaN


def frame(data):
    return len(data).to_bytes(8, "big") + data


def safetensors(header, body=b""):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


MESSAGE = wire.encode({"x": [np.arange(3.0), np.zeros((0, 2), np.int8)], "text": "á"})


@attack(16, "allowed")
@given(documents(json_leaves | laid_out))
@settings(deadline=None)
def test_a_document_with_arrays_comes_back_exactly(document):
    assert exact(document) == exact(wire.decode(wire.encode(document)))


@given(laid_out)
@settings(deadline=None)
def test_an_array_of_every_dtype_shape_and_layout_comes_back_exactly(array):
    assert exact(array) == exact(wire.decode(wire.encode(array)))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_every_nan_and_infinity_keeps_its_bits(dtype):
    array = np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0], dtype)
    array.view(f"u{array.itemsize}")[0] += 1  # another payload of NaN
    assert exact(array) == exact(wire.decode(wire.encode(array)))


def test_an_array_of_the_other_byte_order_keeps_its_values():
    assert exact(np.arange(3.0)) == exact(wire.decode(wire.encode(np.arange(3.0).astype(">f8"))))


def test_what_was_decoded_can_be_written_to():
    array = wire.decode(wire.encode(np.zeros(2)))
    array += 1
    assert exact(np.ones(2)) == exact(array)


@pytest.mark.parametrize(
    "misfit",
    [1j, b"bytes", {1, 2}, object(), range(3), np.float32(1), {(1, 2): 3},
     np.array([1j]), np.array(["text"]), np.array([None])],
    ids=lambda misfit: type(misfit).__name__,
)  # fmt: skip
def test_what_does_not_fit_is_a_type_error(misfit):
    with pytest.raises(TypeError):
        wire.encode(["before", misfit])


def read(stream, most):
    """Read a stream to its end."""
    return [wire.decode(each) for each in chain.from_iterable(wire.messages(stream, most))]


def test_a_stream_gives_its_messages_in_order_and_then_ends():
    sent = [{"first": np.arange(2)}, [], 0, "last"]
    stream = io.BytesIO()
    for document in sent:
        wire.write(stream, document)
    stream.seek(0)
    assert [exact(document) for document in sent] == [exact(each) for each in read(stream, 999)]


class Dripping(io.BytesIO):
    """A stream of which few bytes come at a time."""

    def read1(self, size):
        return super().read1(min(size, 5))


@pytest.mark.parametrize(("stream", "times"), [(io.BytesIO, 1), (Dripping, 3)])
def test_messages_are_given_together_that_came_together(stream, times):
    came = list(wire.messages(stream(3 * frame(MESSAGE)), len(MESSAGE)))
    assert (times, 3 * [MESSAGE]) == (len(came), list(chain(*came)))


@given(st.integers(1, len(frame(MESSAGE)) - 1))
@settings(deadline=None)
def test_a_stream_that_ends_within_head_or_body_is_an_error(cut):
    with pytest.raises(WireError, match="cut short"):
        read(io.BytesIO(frame(MESSAGE)[:cut]), len(MESSAGE))


@pytest.mark.parametrize("excess", [1, 1 << 40])
def test_a_message_that_announces_too_much_is_refused_before_its_body_is_read(excess):
    most = len(MESSAGE)
    stream = io.BytesIO((most + excess).to_bytes(8, "big"))  # and no body to wait for
    with pytest.raises(WireError, match=f"{most + excess} bytes; at most {most}"):
        read(stream, most)


def test_what_came_before_a_message_that_is_refused_is_given():
    stream = io.BytesIO(frame(MESSAGE) + (len(MESSAGE) + 1).to_bytes(8, "big"))
    assert [MESSAGE] == next(wire.messages(stream, len(MESSAGE)))


def test_a_message_of_just_the_most_bytes_is_read():
    assert ["á"] == [each["text"] for each in read(io.BytesIO(frame(MESSAGE)), len(MESSAGE))]


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_arbitrary_bytes_are_a_wire_error(data):
    with pytest.raises(WireError):
        wire.decode(data)


@given(st.integers(0, len(MESSAGE) - 1))
@settings(deadline=None)
def test_a_truncated_message_is_a_wire_error(cut):
    with pytest.raises(WireError):
        wire.decode(MESSAGE[:cut])


def decoded_or_refused(data):
    """Decode; anything but a document or a WireError fails the test that asks."""
    try:
        wire.decode(data)
    except WireError:
        return


@given(st.lists(st.integers(0, 8 * len(MESSAGE) - 1), min_size=1, max_size=4))
@settings(deadline=None, max_examples=500)
def test_flipped_bits_give_a_document_or_a_wire_error(bits):
    data = bytearray(MESSAGE)
    for bit in bits:
        data[bit // 8] ^= 1 << bit % 8
    decoded_or_refused(bytes(data))


TYPES = ["BOOL", "I8", "U16", "F16", "BF16", "F64", "C64", "F4", "F8_E4M3", "F8_E8M0", "NONE"]
tensors = st.fixed_dictionaries({
    "dtype": st.sampled_from(TYPES),
    "shape": st.lists(st.sampled_from([0, 1, 2, -1, 2**31, 2**63, 10**30]), max_size=3),
    "data_offsets": st.tuples(st.just(0), st.sampled_from([0, 1, 2, 4, 8, 2**63])),
})  # fmt: skip
TEXTS = ['{"$array": "1"}', '{"$array": 0}', '{"$array": []}', '{"$array": {"$array": "0"}}', "",
         "nul", "9" * 5000, "[" * 50_000, '{"a":' * 50_000]  # fmt: skip


@pytest.mark.parametrize("document", TEXTS, ids=lambda text: text[:30])
def test_a_forged_document_is_a_wire_error(document):
    """References to nothing, what is not JSON, numbers and nesting without end."""
    tensor = {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}
    with pytest.raises(WireError):
        wire.decode(safetensors({"__metadata__": {"document": document}, "0": tensor}, bytes(4)))


@given(documents(json_leaves), st.none() | tensors, st.binary(max_size=8))
@settings(deadline=None, max_examples=300)
def test_a_forged_header_gives_a_document_or_a_wire_error(document, tensor, body):
    """Dtypes that NumPy lacks, shapes that overflow, a document that is no text."""
    header = {"__metadata__": {"document": document}} | ({} if tensor is None else {"0": tensor})
    decoded_or_refused(safetensors(header, body))


WORDY = safetensors({"__metadata__": {"document": json.dumps(["x" * 99] * 9000)}})
SCALAR = {"dtype": "U8", "shape": [], "data_offsets": [0, 1]}
FULL = safetensors({"__metadata__": {"document": "1"},
                    **{str(n): SCALAR | {"data_offsets": [n, n + 1]} for n in range(1001)}},
                   bytes(1001))  # fmt: skip


@pytest.mark.parametrize("data", [WORDY, FULL], ids=["text", "arrays"])
def test_of_a_strangers_message_text_and_arrays_are_bounded(data):
    assert wire.decode(data)
    with pytest.raises(WireError, match="at most"):
        wire.decode(data, wire.MOST_JSON)


@pytest.mark.parametrize(
    "described",
    [{"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]},
     {"dtype": "U8", "shape": [2**62, 4], "data_offsets": [0, 0]},
     {"dtype": "U8", "shape": [1] * 33, "data_offsets": [0, 1]},
     {"dtype": "U8", "shape": [True], "data_offsets": [0, 1]},
     {"dtype": "U8", "shape": [-1], "data_offsets": [0, 1]},
     {"dtype": "U8", "shape": [9], "data_offsets": [0, 9]}],
    ids=["dtype", "size", "dimensions", "bool", "negative", "beyond the end"],
)  # fmt: skip
def test_an_array_is_refused_by_its_description_before_it_is_made(described, monkeypatch):
    monkeypatch.setattr(np, "frombuffer", lambda *_: pytest.fail("it was made"))
    with pytest.raises(WireError):
        wire.decode(safetensors({"__metadata__": {"document": "1"}, "0": described}, bytes(8)))


class Bomb:
    """Pickled, a thing whose loading creates a file."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


@attack(16, "control")
def test_a_pickle_that_is_loaded_does_what_it_likes(tmp_path):
    pickle.loads(pickle.dumps(Bomb(tmp_path / "touched")))
    assert (tmp_path / "touched").exists()


@attack(16, "held")
def test_a_pickle_is_not_unpickled(tmp_path):
    bomb = pickle.dumps(Bomb(tmp_path / "by_decode"))
    with pytest.raises(WireError):
        wire.decode(bomb)
    with pytest.raises(WireError):
        read(io.BytesIO(frame(bomb)), 1 << 20)
    with pytest.raises(WireError):
        wire.decode(safetensors({"__metadata__": {"document": bomb.decode("latin1")}}, bomb))
    assert list(tmp_path.iterdir()) == []
