"""The wire format, shared by grader, worker and case bank: JSON documents that may hold arrays.

One message is one safetensors file: the arrays as its tensors, the document in its metadata. On a
stream its length comes first. Nothing is ever unpickled.
"""

import json
import math
from collections.abc import Iterator
from io import BufferedReader, BytesIO
from typing import IO, Any

import numpy as np
from safetensors.numpy import save

from grader.programs.execution import PLAIN_DTYPES

Document = Any  # JSON, with NumPy arrays at the leaves
DTYPES = {"BOOL": "?", "U8": "u1", "I8": "i1", "I16": "<i2", "I32": "<i4", "I64": "<i8",
          "F16": "<f2", "F32": "<f4", "F64": "<f8"}  # fmt: skip
HEAD, CHUNK = 8, 1 << 16  # bytes of length before a message; read at once
MOST_DIMENSIONS = 32  # as NumPy has had longest
# Of a reply. What it describes is bounded by its bytes, but JSON grows thirtyfold when it is read.
MOST_JSON, MOST_ARRAYS = 256 << 10, 1000

# What the reader of JSON and NumPy raise at what is not theirs.
FAULTS = (ValueError, LookupError, TypeError, AttributeError, ImportError, ArithmeticError,
          MemoryError, RecursionError)  # fmt: skip


class WireError(Exception):
    """A message that is not well formed, too long, or cut short."""


def encode(document: Document) -> bytes:
    """Write a document and its arrays."""
    arrays: dict[str, np.ndarray] = {}

    def replace(leaf: object) -> dict[str, str]:
        if not isinstance(leaf, np.ndarray) or leaf.dtype not in PLAIN_DTYPES:
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
        start = 8 + length
        header = json.loads(data[8:start])
        text = header.pop("__metadata__")["document"]
        if most_json is not None and len(header) > MOST_ARRAYS:
            raise WireError(f"{len(header)} arrays; at most {MOST_ARRAYS} are allowed")
        # Safetensors' own reader would read the header once more, and copy array by array.
        own = bytearray(data)  # so that the arrays can be written to
        arrays = {name: _array(name, described, own, start) for name, described in header.items()}

        def restore(leaf: dict[str, Any]) -> Any:
            return arrays[leaf["$array"]] if leaf.keys() == {"$array"} else leaf

        return json.loads(text, object_hook=restore)
    except FAULTS as error:
        raise WireError(f"not a message: {error}") from error


def _array(name: str, described: Any, data: bytearray, start: int) -> np.ndarray:
    """View an array in its bytes; refuse an unknown dtype, and a shape that does not fit."""
    shape, (begin, end) = described["shape"], described["data_offsets"]
    dtype, room = DTYPES[described["dtype"]], len(data) - start
    if len(shape) > MOST_DIMENSIONS or not 0 <= begin <= end <= room:
        raise WireError(f"array {name}: {len(shape)} dimensions, bytes {begin} to {end} of {room}")
    if any(type(length) is not int or length < 0 for length in shape):
        raise WireError(f"array {name}: a length that is no number")
    count = math.prod(shape)
    if count * np.dtype(dtype).itemsize != end - begin:
        raise WireError(f"array {name}: its shape does not fit its bytes")
    return np.frombuffer(data, dtype, count, start + begin).reshape(shape)


def write(stream: IO[bytes], document: Document) -> None:
    """Send one message."""
    data = encode(document)
    stream.write(len(data).to_bytes(HEAD, "big") + data)
    stream.flush()


def messages(stream: BufferedReader | BytesIO, most: int) -> Iterator[list[bytes]]:
    """Receive messages of at most `most` bytes, not yet decoded; together what came together."""
    came = bytearray()
    while chunk := stream.read1(CHUNK):
        came += chunk
        whole: list[bytes] = []
        while len(came) >= HEAD:
            end = HEAD + int.from_bytes(came[:HEAD], "big")
            if end - HEAD > most:
                if whole:
                    yield whole
                raise WireError(f"a message of {end - HEAD} bytes; at most {most} are allowed")
            if len(came) < end:
                break
            whole.append(bytes(came[HEAD:end]))
            del came[:end]
        if whole:
            yield whole
    if came:
        raise WireError("a message cut short")
