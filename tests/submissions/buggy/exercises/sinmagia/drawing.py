"""Given: draws the computational graph of a tensor as plain text, Mermaid and SVG.

It reads the contract between the files and nothing else: a tensor's `_data`, `requires_grad`,
`grad` and `grad_fn`, a node's `op` and `inputs`. So it draws your package as well as any other.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .svg import INK, STYLES, WRITING, cells, svg

SYMBOLS = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "MatMul": "@"}
MOST_BOXES = 200  # more cannot be read, however they are laid out
MOST_VALUES, LONGEST = 4, 22  # more values, or longer than so many characters: shape and dtype


def draw(root, /, *, leaves="once", **names):
    """Draw how `root` was computed; `draw(d, a=a, b=b)` names two tensors in the drawing.

    `leaves` says whether a leaf that is used several times is drawn "once" or for "each" use.
    Values and gradients are those of now. Names of what is not in the graph are ignored.
    """
    if leaves not in ("once", "each"):
        raise ValueError(f'leaves must be "once" or "each", not {leaves!r}')
    tensors, inputs = _trace(root, leaves)
    if len(tensors) > MOST_BOXES:
        raise ValueError(
            f"this drawing would have {len(tensors)} boxes, and more than {MOST_BOXES} cannot be "
            "read: draw a tensor from an earlier step, or a smaller example"
        )
    boxes, numbers = [], {}
    for tensor, operands in zip(tensors, inputs, strict=True):
        name = next((name for name, named in names.items() if named is tensor), "")
        boxes.append(_box(tensor, _printable(name), numbers, operands))
    return Drawing(boxes)


class Drawing:
    """A drawn graph. It prints as text; a notebook shows the SVG."""

    def __init__(self, boxes):
        self.boxes = boxes

    def text(self):
        """One line a tensor, in an order of computation; #1, #2, … are those without a name."""
        rows = []
        for box in self.boxes:
            if box.alias == box.value and box is not self.boxes[-1]:
                continue  # a number without a name is seen where it is used
            operands = [self.boxes[i].alias for i in box.inputs]
            infix = box.op in SYMBOLS.values()
            made = f" {box.op} ".join(operands) if infix else f"{box.op}({', '.join(operands)})"
            grad = box.grad or ("grad None" if box.kind in {"leaf", "parameter"} else "")
            value = f"  {box.value} {box.dtype}".rstrip()
            rows.append((box.alias, f"= {made}" if box.op else "", value, f"  {grad}"))
        widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            " ".join(t + " " * (w - cells(t)) for t, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def mermaid(self):
        """Mermaid flowchart source, which GitHub renders; operands are numbered on their edges."""
        lines = ["flowchart LR"]
        for i, box in enumerate(self.boxes):
            texts = [box.op] * bool(box.op) + [text for _, text in box.lines()]
            outline = STYLES[box.kind][3].format("<br/>".join(map(_mermaid_text, texts)))
            lines.append(f"  n{i}{outline}:::{box.kind}")
            for k, j in enumerate(box.inputs, 1):
                lines.append(f"  n{j} -->{f'|{k}|' if len(box.inputs) > 1 else ''} n{i}")
        for kind, (fill, line, outline, _) in STYLES.items():
            dashes = ",stroke-dasharray:6 4" if "dash" in outline else ""
            lines.append(f"  classDef {kind} fill:{fill},stroke:{line},color:{INK}{dashes}")
        return "\n".join(lines)

    def svg(self):
        """A self-contained SVG; the operands of an operation enter its disc from top to bottom."""
        return svg(self.boxes, self.text())

    def save(self, path):
        """Write a file: .svg, .mmd (Mermaid), .md (Mermaid inside Markdown) or .txt."""
        formats = {".svg": self.svg, ".mmd": self.mermaid, ".md": self._markdown, ".txt": self.text}
        path = Path(path)
        if path.suffix not in formats:
            raise ValueError(f"a drawing is saved as {', '.join(formats)}; not as {path.name!r}")
        path.write_text(formats[path.suffix]() + "\n", encoding="utf-8", newline="\n")

    def _markdown(self):
        return f"```mermaid\n{self.mermaid()}\n```"

    __repr__ = text
    _repr_svg_ = svg


class Box(NamedTuple):
    """A tensor as it is drawn, and the operation that made it; "" stands for none."""

    kind: str  # leaf, parameter, constant or result
    op: str
    name: str
    alias: str  # how a line of text refers to it: by name, by number (#1, #2, …) or by value
    value: str  # or shape
    dtype: str
    grad: str
    inputs: tuple  # the operands' places in the list of boxes, in order; all come before this box

    def lines(self):
        """What is written in the box: pairs of a way of writing and a text."""
        return [(way, getattr(self, way)) for way in WRITING if getattr(self, way)]


def _trace(root, leaves):
    """List the tensors to draw, each after its inputs, and for each the places of its inputs."""
    tensors, inputs, place, seen, stack = [], [], {}, set(), [(root, False)]

    def add(tensor, places=()):
        place[id(tensor)] = len(tensors)
        tensors.append(tensor)
        inputs.append(tuple(places))

    while stack:  # no recursion: a graph may be deeper than Python's stack
        tensor, inputs_done = stack.pop()
        operands = () if tensor.grad_fn is None else tensor.grad_fn.inputs
        if inputs_done:
            places = []
            for operand in operands:
                if operand.grad_fn is None and (leaves == "each" or id(operand) not in place):
                    add(operand)
                places.append(place[id(operand)])
            add(tensor, places)
        elif id(tensor) not in seen:
            seen.add(id(tensor))
            stack.append((tensor, True))
            stack.extend((t, False) for t in reversed(operands) if t.grad_fn is not None)
    return tensors, inputs


def _box(tensor, name, numbers, inputs):
    """Read what is drawn of a tensor; `numbers` are those of the nameless ones so far."""
    op = "" if tensor.grad_fn is None else _printable(tensor.grad_fn.op.__name__)
    if op:
        kind = "result"
    elif not tensor.requires_grad:
        kind = "constant"
    else:
        kind = "parameter" if type(tensor).__name__ == "Parameter" else "leaf"
    value, dtype = _values(tensor), ""
    if kind == "constant" and tensor._data.size == 1:
        alias = name or value
    else:
        alias = name or f"#{numbers.setdefault(id(tensor), len(numbers) + 1)}"
    if not value:
        value, dtype = str(tensor._data.shape), str(tensor._data.dtype)
    grad = tensor.grad
    grad = "" if grad is None else f"grad {_values(grad) or grad._data.shape}"
    return Box(kind, SYMBOLS.get(op, op.lower()), name, alias, value, dtype, grad, inputs)


def _values(tensor):
    """Write the values of a tensor on one line if they are few; give "" otherwise."""
    if not 1 <= tensor._data.size <= MOST_VALUES:
        return ""
    formatter = {"float_kind": _rounded, "int_kind": str, "bool": str}
    text = np.array2string(tensor._data, separator=", ", formatter=formatter)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else ""


def _rounded(number):
    """Round to four digits; a float keeps its point: 2. and 0.3333"""
    text = f"{number:.4g}"
    return text + "." if text.lstrip("-").isdigit() else text


def _printable(text):
    """Replace line breaks and other invisible characters by single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _mermaid_text(text):
    """Write what Mermaid, or Markdown inside it, could take for syntax as character codes."""
    special = r"[^\w ,.()\[\]=-]|\b_|_\b|\.(?!\S)|-(?!\d)"
    return re.sub(special, lambda found: f"#{ord(found[0])};", text)
