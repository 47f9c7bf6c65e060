"""The graph of a failing program, as a Mermaid flowchart: read from its text, which is ours.

The program is not run: the reference's own graph would show how its functions are made inside.
Outlines say without colour what is what, nearly as those of the package's own `draw` do.
"""

import ast
import re
from collections import Counter
from dataclasses import dataclass

from grader.programs.program import Program

from .escaping import mermaid

MOST_NODES = 12  # more are hard to take in beside the program
ENOUGH = 3  # operations; two will do where a tensor is used twice
IN_ANY_ORDER = ("+", "*", "maximum", "minimum")
SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@"}
OUTLINES = {"leaf": '(["{}"])', "constant": '["{}"]', "operation": '{{{{"{}"}}}}'}
MAKE_TENSORS = ("tensor", "zeros", "ones", "full")
NOT_IN_A_GRAPH = ("backward", "retain_grad", "item", "numpy", "tolist", "requires_grad_")


class Undrawn(Exception):
    """The program has a part whose graph cannot be told from its text."""


@dataclass
class Node:
    """A leaf, a constant or an operation; its text, and the places of its operands."""

    kind: str
    text: str
    operands: tuple[int, ...] = ()


def graph(program: Program, expression: str | None) -> str | None:
    """Draw what a program computes; None where that is short, too long, or not to be told.

    What `expression` is about, if it is one tensor, has a thick outline.
    """
    reader = Reader(program)
    try:
        for statement in ast.parse(program.source).body:
            reader.follow(statement)
    except Undrawn:
        return None
    used = Counter(place for node in reader.nodes for place in node.operands)
    about = re.fullmatch(r"(\w+)(\.\w+)?", expression or "")
    thick = reader.names.get(about[1]) if about else None
    shown = reader.shown(thick)
    operations = sum(node.kind == "operation" for node in reader.nodes)
    enough = ENOUGH if max(used.values(), default=0) < 2 else ENOUGH - 1
    if operations < enough or len(shown) > MOST_NODES:
        return None
    return "\n".join(reader.drawn(shown, thick))


class Reader:
    """Follows a program statement by statement: which names stand for which nodes."""

    def __init__(self, program: Program) -> None:
        self.inputs = program.inputs
        self.nodes: list[Node] = []
        self.names: dict[str, int] = {}
        self.walks: Counter[int] = Counter()  # by the node from which they go back

    def shown(self, also: int | None) -> list[int]:
        """Give the operations, what takes part in one, where a walk starts, and `also`."""
        found = set(self.walks) if also is None else {also, *self.walks}
        for place, node in reversed(list(enumerate(self.nodes))):
            if place in found or node.kind == "operation":
                found |= {place, *node.operands}
        return sorted(found)

    def drawn(self, shown: list[int], thick: int | None) -> list[str]:
        """Write the nodes and edges; operands have numbers where their order says something.

        A number on an edge is easily taken for a derivative, so none is there in vain. No gradient
        comes back along a dotted edge.
        """
        lines = ["flowchart LR"]
        for place in shown:
            node = self.nodes[place]
            lines.append(f"  n{place}{OUTLINES[node.kind].format(self._label(place))}")
            arrow = "-->" if node.kind == "operation" else "-.->"
            ordered = len(set(node.operands)) > 1 and node.text not in IN_ANY_ORDER
            for number, operand in enumerate(node.operands, start=1):
                label = f"|{number}|" if ordered else ""
                lines.append(f"  n{operand} {arrow}{label} n{place}")
        if thick is not None:
            lines.append(f"  style n{thick} stroke-width:4px")
        return lines

    def _label(self, place: int) -> str:
        """Write names, what it is, and the walks that start there.

        A leaf has its shape beside its name: Mermaid draws rounded nodes badly that are narrow.
        """
        node = self.nodes[place]
        names = ", ".join(name for name, named in self.names.items() if named == place)
        texts = [names, node.text] if names else [node.text]
        if node.kind != "operation":
            texts = [": ".join(texts)]
        if times := self.walks[place]:
            texts.append("backward()" + f" \N{MULTIPLICATION SIGN} {times}" * (times > 1))
        return "<br/>".join(map(mermaid, texts))

    def follow(self, statement: ast.stmt) -> None:
        """Note what a statement computes; one that may run often or never cannot be drawn."""
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                for target, value in zip(targets, values, strict=True):
                    self._name(target, self._place(value))
            case ast.Assign(targets=[target], value=value):
                self._name(target, self._place(value))
            case ast.Expr(value=value):
                self._place(value)
            case ast.AugAssign(target=ast.Attribute()):  # x.grad *= 5: not in the graph
                pass
            case ast.Try(body=body, handlers=[_]):  # what a program expects to be refused
                for inner in body:
                    self.follow(inner)
            case _:
                raise Undrawn

    def _name(self, target: ast.expr, place: int | None) -> None:
        if isinstance(target, ast.Name) and place is not None:
            self.names[target.id] = place
        elif isinstance(target, ast.Name):
            self.names.pop(target.id, None)
        elif place is not None:
            raise Undrawn

    def _add(self, kind: str, text: str, *operands: int) -> int:
        self.nodes.append(Node(kind, text, operands))
        return len(self.nodes) - 1

    def _place(self, value: ast.expr) -> int | None:
        """Give the node that an expression stands for; None for what is no tensor."""
        match value:
            case ast.Name(id=name):
                return self.names.get(name)
            case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant() | ast.UnaryOp() as power):
                place = self._place(left)
                text = f"** {ast.unparse(power)}"  # no operand, but part of the operation
                return None if place is None else self._add("operation", text, place)
            case ast.BinOp(left=left, op=op, right=right):
                found = [self._place(left), self._place(right)]
                if found == [None, None]:
                    return None
                places = [self._add("constant", ast.unparse(side)) if place is None else place
                          for side, place in zip((left, right), found, strict=True)]  # fmt: skip
                return self._add("operation", SYMBOLS.get(type(op), type(op).__name__), *places)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                place = self._place(inner)
                return None if place is None else self._add("operation", "neg", place)
            case ast.Subscript(value=inner, slice=index):
                place = self._place(inner)
                text = ast.unparse(ast.Subscript(ast.Name(""), index))  # [:, 0], not [(:, 0)]
                return None if place is None else self._add("operation", text, place)
            case ast.Attribute(value=inner, attr="T"):
                place = self._place(inner)
                return None if place is None else self._add("operation", "T", place)
            case ast.Call(func=ast.Attribute(value=inner, attr=name), args=arguments):
                return self._call(value, inner, name, arguments)
            case ast.Call(args=arguments) if self._operands(arguments):
                raise Undrawn
        return None

    def _call(self, call: ast.Call, inner: ast.expr, name: str,
              arguments: list[ast.expr]) -> int | None:  # fmt: skip
        """Give the node of `x.exp()` or `torch.exp(x)`."""
        module = ast.unparse(inner)
        if module == "torch" and name in MAKE_TENSORS:
            learns = any(k.arg == "requires_grad" and ast.unparse(k.value) == "True"
                         for k in call.keywords)  # fmt: skip
            return self._add("leaf" if learns else "constant", self._shape(arguments))
        place = self._place(inner)
        if name == "backward" and place is not None:
            self.walks[place] += 1
        if name in NOT_IN_A_GRAPH:
            return None
        if name == "detach" and place is not None:
            return self._add("constant", "detach()", place)
        found = [(self._operands([argument]), ast.unparse(argument)) for argument in arguments]
        operands = [place] if place is not None else []
        operands += [operand for places, _ in found for operand in places]
        if not operands:
            return None
        if place is None and module not in ("torch", "torch.nn.functional"):
            raise Undrawn
        options = [text for places, text in found if not places]
        options += map(ast.unparse, call.keywords)
        text = f"{name}({', '.join(options)})" if options else name
        return self._add("operation", text, *operands)

    def _operands(self, arguments: list[ast.expr]) -> list[int]:
        """Give the nodes among the arguments of a call; a list of tensors counts one by one."""
        flat = [item for value in arguments for item in
                (value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value])]  # fmt: skip
        places = [self._place(item) for item in flat]
        return [place for place in places if place is not None]

    def _shape(self, arguments: list[ast.expr]) -> str:
        """Give the shape of an input that becomes a tensor, where its name says which it is."""
        name = ast.unparse(arguments[0]) if arguments else ""
        return str(self.inputs[name].shape) if name in self.inputs else name
