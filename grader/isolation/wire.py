"""The wire format, shared by grader, worker and case bank: JSON documents that may hold arrays.

One message is one safetensors file: the arrays as its tensors, the document in its metadata. On a
stream eight bytes of length come first. Nothing is ever unpickled.
"""

import json
from typing import IO, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from grader.programs.execution import DTYPES

Document = Any  # JSON, with NumPy arrays at the leaves


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


def decode(data: bytes) -> Document:
    """Read a document back; lengths, shapes and dtypes are checked before anything is made."""
    try:
        arrays = load(data)
        length = int.from_bytes(data[:8], "little")
        text = json.loads(data[8 : 8 + length])["__metadata__"]["document"]

        def restore(leaf: dict[str, Any]) -> Any:
            return arrays[leaf["$array"]] if leaf.keys() == {"$array"} else leaf

        return json.loads(text, object_hook=restore)
    except FAULTS as error:
        raise WireError(f"not a message: {error}") from error


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
