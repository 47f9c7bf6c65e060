"""The drawn graph of a failing program: what it shows, where it helps; a label stays a label."""

import ast
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from torch.overrides import TorchFunctionMode

from grader.curriculum.exercises import EXERCISE
from grader.feedback.escaping import mermaid
from grader.feedback.graph import MOST_NODES, Reader, graph
from grader.grading.bank import Bank
from grader.programs.program import Program
from grader.settings import load
from tests.test_hostile_text import HOSTILE

LEAVES = "x = torch.tensor(a, requires_grad=True)\nk = torch.tensor(b)\n"
# A label is text and codes of characters; so no sign in it can end it or begin anything.
LABEL = r'"(?:[\w ,.()=\[\]-]|#\d+;|<br/>)*"'
NUMBER = re.compile(r"-?\d.*")
LINE = re.compile(
    rf"  n\d+(?:\(\[{LABEL}\]\)|\[{LABEL}\]|\{{\{{{LABEL}\}}\}})"
    r"|  n\d+ (?:-->(?:\|\d+\|)?|-\.->) n\d+|  style n\d+ stroke-width:4px"
)


class Asked(TorchFunctionMode):
    """Notes the operands, as far as they are tensors, and result of what torch is asked for."""

    def __init__(self):
        super().__init__()
        self.operations = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor) and function.__name__ not in ("tensor", "__get__"):
            flat = args[0] if isinstance(args[0], list) else args
            self.operations.append(([t for t in flat if isinstance(t, torch.Tensor)], result))
        return result


def drawn(source, expression=None):
    inputs = {"a": np.zeros((2, 3)), "b": np.zeros(3)}
    return graph(Program(f"{LEAVES}{source}", inputs), expression)


def edges(text):
    """Give the edges as pairs of what stands in the nodes."""
    labels = dict(re.findall(r'^  (n\d+)\W+"(.*?)"', text, re.MULTILINE))
    pairs = re.findall(r"(n\d+) -\.?->(?:\|\d\|)? (n\d+)", text)
    return [(labels[one], labels[other]) for one, other in pairs]


def test_a_diamond_is_drawn_from_its_leaves_to_its_end():
    text = drawn("h = x * k\np = h.exp()\nout = p - h\nout.backward()", "x.grad")
    assert text.splitlines() == [
        "flowchart LR",
        '  n0(["x#58; (2, 3)"])',
        '  n1["k#58; (3,)"]',
        '  n2{{"h<br/>#42;"}}',
        "  n0 --> n2",
        "  n1 --> n2",
        '  n3{{"p<br/>exp"}}',
        "  n2 --> n3",
        '  n4{{"out<br/>#45;<br/>backward()"}}',
        "  n3 -->|1| n4",
        "  n2 -->|2| n4",
        "  style n0 stroke-width:4px",
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("y = x\nout = (x * y).sum().exp()", [("x, y#58; (2, 3)", "#42;")] * 2),
        ("h = x.exp()\nh = h.log()\nh = h.neg()", [("x#58; (2, 3)", "exp")]),
        ("h = torch.cat([x, k], dim=0)\nout = h * h", [("x#58; (2, 3)", "h<br/>cat(dim=0)")]),
        ("h = x.maximum(k) ** 2\nout = h * h", [("maximum", "h<br/>#42;#42; 2")]),
        ("h = (x * k)[:, 0]\nout = h * h", [("#42;", "h<br/>#91;#58;, 0#93;")]),
        ("h = x[[0, -1]].T\nout = -h * 2.0", [("x#58; (2, 3)", "#91;#91;0, -1#93;#93;")]),
        ("h = x.detach() * x\nout = h * h",
         [("x#58; (2, 3)", "detach()"), ("detach()", "h<br/>#42;")]),
        ("y = x * k * k\ntry:\n    y.backward()\nexcept RuntimeError:\n    no = True",
         [("#42;", "y<br/>#42;<br/>backward()")]),
    ],
    ids=["two names", "a name used again", "list", "power", "indices", "index", "detached",
         "refused"],
)  # fmt: skip
def test_what_a_program_says_is_in_its_graph(source, expected):
    found = edges(drawn(source))
    assert [pair for pair in expected if pair not in found] == []


@pytest.mark.parametrize(
    "source",
    [
        "out = x * k",
        "h = x * 2.0\nout = h + 1.0",
        "out = x" + " * k" * MOST_NODES,
        "h = x * k\nfor i in range(3):\n    h = h * k",
        "with torch.no_grad():\n    h = x * x * x",
        "layer = torch.nn.Linear(3, 1)\nout = layer(x) * layer(x) * k",
        "h = x * x * x\nx += 1.0",
        "kept = [t for t in (x, k)]",
    ],
    ids=["one step", "two steps", "long", "loop", "block", "layer", "in place", "no operation"],
)
def test_where_a_graph_does_not_help_or_cannot_be_told_there_is_none(source):
    assert drawn(source) is None


def test_what_plays_no_part_is_not_drawn():
    assert "k" not in drawn("h = x * x\nout = h * h")


def test_what_the_difference_was_seen_in_is_drawn_though_it_plays_no_part():
    text = drawn("h = x * x\nout = h * h", "k.requires_grad")
    assert ['  n1["k#58; (3,)"]', "  style n1 stroke-width:4px"] == [
        line for line in text.splitlines() if "n1" in line
    ]


def test_operands_are_numbered_where_their_order_says_something():
    text = drawn("p = x * k\nq = p - p\nout = q / p")
    assert ["  n3 -->|1| n4", "  n2 -->|2| n4"] == [
        line for line in text.splitlines() if "|" in line
    ]


def test_no_gradient_comes_back_along_a_dotted_edge():
    text = drawn("c = x.detach()\nh = c * x\nout = h * h")
    assert ["  n0 -.-> n2"] == [line for line in text.splitlines() if "-.->" in line]


def test_each_walk_is_seen_where_it_starts():
    text = drawn("h = x * k\nout = h * h\nout.backward()\nout.backward()\nk.backward()")
    labels = re.findall(r'"(.*)"', text)
    assert ["k#58; (3,)<br/>backward()", "out<br/>#42;<br/>backward() #215; 2"] == [
        label for label in labels if "backward" in label
    ]


def test_where_the_difference_is_in_no_tensor_nothing_is_thick():
    for expression in (None, "refused", "[p.grad for p in (x, k)]"):
        assert "style" not in drawn("h = x * x\nout = h * h", expression)


@pytest.mark.parametrize("name", ["diamond", "skip_path", "any_graph", "freed_graph", "record"])
def test_every_graph_of_the_hidden_cases_is_a_flowchart_and_not_too_large(name):
    cases = Bank(load()).cases(EXERCISE[name])
    graphs = [graph(case.program, case.program.observe[0]) for case in cases]
    assert sum(text is not None for text in graphs) > len(graphs) / 2
    for text in filter(None, graphs):
        first, *rest = text.splitlines()
        assert "flowchart LR" == first
        assert [line for line in rest if not LINE.fullmatch(line)] == []
        assert len(re.findall(r"^  n\d+\W+\"", text, re.MULTILINE)) <= MOST_NODES


@pytest.mark.parametrize("name", ["detach", "chain", "skip_path", "accumulate", "any_graph"])
def test_every_graph_of_the_hidden_cases_is_what_torch_is_asked_to_compute(name):
    programs = [case.program for case in Bank(load()).cases(EXERCISE[name])]
    for program in (program for program in programs if graph(program, None)):
        reader = Reader(program)
        names = {"torch": torch} | {name: array.copy() for name, array in program.inputs.items()}
        for statement in ast.parse(program.source).body:
            reader.follow(statement)
        with Asked() as asked:
            exec(program.source, names)
        places = {id(names[name]): place for name, place in reader.names.items()}
        nodes = [(place, node) for place, node in enumerate(reader.nodes) if node.operands]
        for (place, node), (operands, result) in zip(nodes, asked.operations, strict=True):
            places[id(result)] = place
            tensors = [i for i in node.operands if not NUMBER.fullmatch(reader.nodes[i].text)]
            assert tensors == [places[id(operand)] for operand in operands]


@given(HOSTILE)
def test_no_text_leaves_its_label(text):
    assert re.fullmatch(LABEL, f'"{mermaid(text)}"')


def test_the_text_of_a_label_is_still_readable():
    assert "x1, (2, 3) = -1.5" == mermaid("x1, (2, 3) = -1.5")
