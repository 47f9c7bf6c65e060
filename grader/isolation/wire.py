"""The wire format, shared by grader, worker and case bank: JSON documents that may hold arrays.

One message is one safetensors file: the arrays as its tensors, the document in its metadata. On a
stream eight bytes of length come first. Nothing is ever unpickled.
"""

import json
import math
from typing import IO, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from grader.programs.execution import DTYPES

Document = Any  # JSON, with NumPy arrays at the leaves
SIZES = {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "I32": 4, "I64": 8, "F16": 2, "F32": 4, "F64": 8}
MOST_DIMENSIONS = 32  # as NumPy has had longest
# Of a reply. What it describes is bounded by its bytes, but JSON grows thirtyfold when it is read.
MOST_JSON, MOST_ARRAYS = 256 << 10, 1000

# What the reader of safetensors, the one of JSON and NumPy raise at what is not theirs.
FAULTS = (SafetensorError, ValueError, LookupError, TypeError, AttributeError, ImportError,
          ArithmeticError, MemoryError, RecursionError)  # fmt: skip


class WireError(Exception):
    """A message that is not well formed, too long, or cut short."""


def encode(document: Document) -> bytes:
    """Write a document and its arrays."""
    arrays: dict[str, np.ndarray] = {}

    def replace(leaf: object) -> dict[str, str]:
        if not isinstance(leaf, np.ndarray) or leaf.dtype.name not in DTYPES:
            raise TypeError(f"{type(leaf).__name__} does not fit into a document")
        name = str(len(arrays))
        arrays[name] = np.array(leaf, order="C")
        return {"$array": name}

    text = json.dumps(document, default=replace)
    return save(arrays, metadata={"document": text})


def decode(data: bytes, most_json: int | None = None) -> Document:
    """Read a document back; counts, names, shapes and dtypes are checked before anything is made.

    What a stranger wrote has at most MOST_ARRAYS arrays and `most_json` bytes besides.
    """
    try:
        length = int.from_bytes(data[:8], "little")
        if most_json is not None and length > most_json:
            raise WireError(f"{length} bytes of text; at most {most_json} are allowed")
        header = json.loads(data[8 : 8 + length])
        text = header.pop("__metadata__")["document"]
        if most_json is not None and len(header) > MOST_ARRAYS:
            raise WireError(f"{len(header)} arrays; at most {MOST_ARRAYS} are allowed")
        for name, described in header.items():
            _check(name, described, len(data) - 8 - length)
        arrays = load(data)

        def restore(leaf: dict[str, Any]) -> Any:
            return arrays[leaf["$array"]] if leaf.keys() == {"$array"} else leaf

        return json.loads(text, object_hook=restore)
    except FAULTS as error:
        raise WireError(f"not a message: {error}") from error


def _check(name: str, described: Any, room: int) -> None:
    """Refuse an array that is not one of ours: an unknown dtype, a shape that does not fit."""
    shape, (begin, end) = described["shape"], described["data_offsets"]
    size = SIZES[described["dtype"]]
    if len(shape) > MOST_DIMENSIONS or not 0 <= begin <= end <= room:
        raise WireError(f"array {name}: {len(shape)} dimensions, bytes {begin} to {end} of {room}")
    if any(type(length) is not int or length < 0 for length in shape):
        raise WireError(f"array {name}: a length that is no number")
    if math.prod(shape) * size != end - begin:
        raise WireError(f"array {name}: its shape does not fit its bytes")


def write(stream: IO[bytes], document: Document) -> None:
    """Send one message."""
    data = encode(document)
    stream.write(len(data).to_bytes(8, "big") + data)
    stream.flush()


def read(stream: IO[bytes], most: int) -> Document:
    """Receive one message of at most `most` bytes; EOFError at the end of the stream."""
    return decode(read_bytes(stream, most))


def read_bytes(stream: IO[bytes], most: int) -> bytes:
    """Receive one message without reading what is in it."""
    head = stream.read(8)
    if not head:
        raise EOFError
    length = int.from_bytes(head, "big")
    if length > most:
        raise WireError(f"a message of {length} bytes; at most {most} are allowed")
    data = stream.read(length)
    if len(head) < 8 or len(data) < length:
        raise WireError("a message cut short")
    return data
