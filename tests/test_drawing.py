"""Drawings: what a graph looks like as text, Mermaid and SVG, whoever wrote the tensors."""

import importlib
import os
import re
import subprocess
import sys
from html import unescape
from itertools import combinations
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from grader.settings import SOLUTIONS

alone = ModuleType("drawing_alone")  # it needs nothing of the package around it
alone.__path__ = [str(SOLUTIONS / "sinmagia")]
sys.modules["drawing_alone"] = alone
draw = importlib.import_module("drawing_alone.drawing").draw

KINDS = {"leaf", "parameter", "constant", "result"}
HOSTILE = 'a"<b>&amp;#34;;`|]\n--> x\x00\x1b[31m</text>]]> _i_ 1. end'
CLEAN = 'a"<b>&amp;#34;;`|] --> x [31m</text>]]> _i_ 1. end'
LECTURE = """\
a             [2.]   grad [4.]
b             [3.]   grad [2.]
#1 = a * b    [6.]
d  = #1 + a   [8.]"""
LECTURE_IN_MERMAID = """\
flowchart LR
  n0("a<br/>[2.]<br/>grad [4.]"):::leaf
  n1("b<br/>[3.]<br/>grad [2.]"):::leaf
  n2{{"#42;<br/>[6.]"}}:::result
  n0 -->|1| n2
  n1 -->|2| n2
  n3{{"#43;<br/>d<br/>[8.]"}}:::result
  n2 -->|1| n3
  n0 -->|2| n3
"""


class Tensor(SimpleNamespace):
    """All that a drawing may rely on."""


class Parameter(Tensor):
    """What a layer learns."""


def constant(values, dtype=float):
    return Tensor(_data=np.array(values, dtype), requires_grad=False, grad=None, grad_fn=None)


def leaf(values, grad=None, make=Tensor):
    grad = None if grad is None else constant(grad)
    return make(_data=np.array(values, float), requires_grad=True, grad=grad, grad_fn=None)


def result(op, *inputs, values=0.0):
    node = SimpleNamespace(op=type(op, (), {}), inputs=inputs)
    return Tensor(_data=np.array(values, float), requires_grad=True, grad=None, grad_fn=node)


def chain(length):
    """Make a tensor that draws as `length` boxes in a row."""
    tensor = leaf(1)
    for _ in range(length - 1):
        tensor = result("Neg", tensor)
    return tensor


def lecture():
    """Make d = a * b + a, after its backward pass."""
    a, b = leaf([2], grad=[4]), leaf([3], grad=[2])
    d = result("Add", result("Mul", a, b, values=[6]), a, values=[8])
    return d, {"a": a, "b": b, "d": d}


def network():
    """Make the loss of a network with two layers."""
    x, target = constant(np.ones((4, 2))), constant(np.ones((4, 1)))
    parameters = [leaf(np.ones(s), np.ones(s), Parameter) for s in ((3, 2), 3, (1, 3), 1)]
    w1, b1, w2, b2 = parameters
    h = result("Add", result("MatMul", x, result("Transpose", w1)), b1, values=np.ones((4, 3)))
    y = result("Add", result("MatMul", result("ReLU", h), result("Transpose", w2)), b2)
    error = result("Sub", y, target, values=np.ones((4, 1)))
    return result("Mean", result("Mul", error, error, values=np.ones((4, 1))), values=0.125)


def tangle():
    """Make a graph whose edges pass many columns, and where every operation has three inputs."""
    random, tensors = np.random.RandomState(0), [leaf(i) for i in range(4)]
    for _ in range(20):
        inputs = [tensors[-1], *(tensors[i] for i in random.randint(0, len(tensors), 2))]
        tensors.append(result("Cat", *inputs, values=np.ones(random.randint(1, 9))))
    return tensors[-1]


def uneven():
    """Make a graph in which a leaf is used late first, and then early."""
    x = leaf(1)
    return result("Cat", result("Neg", x), result("Neg", result("Neg", result("Neg", x))))


GRAPHS = {
    "lecture": lecture()[0],
    "network": network(),
    "tangle": tangle(),
    "uneven": uneven(),
    "chain": chain(50),
    "wide": result("Cat", *(leaf(i) for i in range(40))),
}


# Plain text


def test_the_lectures_graph_reads_like_the_program_that_made_it():
    d, names = lecture()
    assert LECTURE == draw(d, **names).text()


def test_a_drawing_prints_as_text():
    d, names = lecture()
    assert (LECTURE, LECTURE) == (str(draw(d, **names)), repr(draw(d, **names)))


def test_a_leaf_used_twice_may_be_drawn_for_each_use():
    d, names = lecture()
    leaves = [line.split()[0] for line in draw(d, leaves="each", **names).text().splitlines()]
    assert ["a", "b", "#1", "a", "d"] == leaves


def test_a_leaf_without_a_name_keeps_its_number_in_each_use():
    x = leaf(1)
    text = draw(result("Mul", result("Neg", x), x), leaves="each").text()
    assert ["#1", "#2", "#1", "#3"] == [line.split()[0] for line in text.splitlines()]
    assert "#3 = #2 * #1" in text


def test_a_result_used_twice_is_drawn_once_whatever_the_leaves():
    x = leaf(1)
    square = result("Mul", x, x)
    assert 4 == len(draw(result("Add", square, square), leaves="each").boxes)


@pytest.mark.parametrize(
    ("op", "line"),
    [("Add", "a + b"), ("Sub", "a - b"), ("Mul", "a * b"), ("Div", "a / b"), ("MatMul", "a @ b"),
     ("Maximum", "maximum(a, b)"), ("LogSoftmax", "logsoftmax(a, b)")],
)  # fmt: skip
def test_operands_stand_in_order_around_or_behind_their_operation(op, line):
    a, b = leaf(1), leaf(2)
    assert f"#1 = {line}   0." == re.sub("  +", "   ", last_line(draw(result(op, a, b), a=a, b=b)))


def last_line(drawn):
    return drawn.text().splitlines()[-1]


def test_the_other_order_of_operands_is_another_drawing():
    a, b = leaf(1), leaf(2)
    assert "b - a" in last_line(draw(result("Sub", b, a), a=a, b=b))


def test_a_constant_number_without_a_name_stands_where_it_is_used():
    drawn = draw(result("Mul", constant(2), result("Add", constant([0.5]), constant(3, int))))
    assert "#1 = [0.5] + 3   0.\n#2 = 2. * #1     0." == drawn.text()


def test_a_constant_number_with_a_name_has_a_line():
    two = constant(2)
    assert "two" in draw(result("Neg", two), two=two).text().splitlines()[0]


def test_a_constant_alone_is_drawn():
    assert "2.   2." == re.sub("  +", "   ", draw(constant(2)).text())


def test_a_leaf_without_a_gradient_says_so_and_a_constant_never_has_one():
    w, x = leaf([1, 2]), constant([3, 4])
    w_line, x_line, _ = draw(result("Mul", w, x), w=w, x=x).text().splitlines()
    assert (True, False) == (w_line.endswith("grad None"), "grad" in x_line)


def test_a_result_shows_the_gradient_that_it_keeps():
    y = result("Neg", leaf(1))
    y.grad = constant(0.5)
    assert last_line(draw(y)).endswith("grad 0.5")


@pytest.mark.parametrize(
    ("values", "dtype", "shown"),
    [(2, float, "2."), (2, int, "2"), (True, bool, "True"), (-3, "float32", "-3."),
     (1 / 3, float, "0.3333"), (1 / 3, "float32", "0.3333"), (12.34567, float, "12.35"),
     (1e-9, float, "1e-09"), (123456, int, "123456"), (np.nan, float, "nan"),
     (-np.inf, float, "-inf"), ([1, -2.5], float, "[1., -2.5]"), ([[1], [20]], int, "[[1], [20]]"),
     ([1, 2, 3, 4], float, "[1., 2., 3., 4.]"), ([1, 2, 3, 4, 5], "float32", "(5,) float32"),
     ([0.1234, -0.1234, 0.1234], float, "(3,) float64"), ([], float, "(0,) float64"),
     (np.ones((2, 3)), int, "(2, 3) int64")],
)  # fmt: skip
def test_few_values_are_shown_and_of_others_the_shape_and_dtype(values, dtype, shown):
    x = constant(values, dtype)
    assert f"x    {shown}" == draw(x, x=x).text()


def test_a_large_gradient_shows_its_shape():
    w = leaf(np.ones((2, 3)), np.ones((2, 3)))
    assert draw(w).text().endswith("grad (2, 3)")


def test_columns_stay_aligned_beside_wide_characters():
    a, b = leaf(1), leaf(2)
    wide, narrow, _ = draw(result("Add", a, b), 日本=a, four=b).text().splitlines()
    assert narrow.index("2.") == wide.index("1.") + 2


def test_a_name_takes_one_line_whatever_is_in_it():
    x = leaf(1)
    assert f"{CLEAN}    1.   grad None" == draw(x, **{HOSTILE: x}).text()


def test_a_name_that_nothing_can_be_seen_of_is_none():
    x = leaf(1)
    assert draw(x).text() == draw(x, **{"\n\u200b": x}).text()


def test_names_of_other_things_are_ignored():
    d, names = lecture()
    others = {"c": leaf(9), "array": np.ones(3), "text": "a", "none": None}
    assert LECTURE == draw(d, **others, **names).text()


def test_of_two_names_the_first_is_drawn():
    x = leaf(1)
    assert draw(x, first=x).text() == draw(x, first=x, second=x).text()


def test_a_drawing_keeps_what_was_when_it_was_made():
    d, names = lecture()
    drawn = draw(d, **names)
    names["a"]._data[:], names["a"].grad = 100, None
    assert LECTURE == drawn.text()


# What cannot be drawn


def test_leaves_are_drawn_once_or_each():
    with pytest.raises(ValueError, match=r'"once" or "each", not \'twice\''):
        draw(leaf(1), leaves="twice")


def test_a_graph_that_can_still_be_read_is_drawn():
    assert 200 == len(draw(chain(200)).boxes)


@pytest.mark.parametrize("length", [201, 100_000])
def test_a_graph_too_large_to_read_says_how_large_it_is_and_what_to_do(length):
    tensor = chain(length)
    with pytest.raises(ValueError, match=rf"{length} boxes.* 200 .*draw .*earlier step"):
        draw(tensor)
    while tensor.grad_fn:  # freed from the end: Python frees a deep chain by recursion
        tensor = tensor.grad_fn.inputs[0]


def test_a_graph_of_2_to_the_60_paths_is_small():
    tensor = leaf(1)
    for _ in range(60):
        tensor = result("Add", tensor, tensor)
    assert 61 == draw(tensor).svg().count("<g>")


# Mermaid


def test_the_lectures_graph_in_mermaid():
    d, names = lecture()
    source = draw(d, **names).mermaid()
    assert LECTURE_IN_MERMAID == source[: source.index("  classDef")]


def test_mermaid_draws_both_edges_of_a_square():
    a = leaf(3)
    assert ["|1|", "|2|"] == re.findall(r"n0 -->(.*) n1", draw(result("Mul", a, a)).mermaid())


def test_an_only_operand_has_no_number_in_mermaid():
    assert "  n0 --> n1\n" in draw(result("Exp", leaf(1))).mermaid()


def test_no_name_can_leave_its_label_in_mermaid():
    x = leaf(1)
    label = re.fullmatch(r'  n0\("(.*)<br/>1#46;"\):::leaf', node_of(draw(x, **{HOSTILE: x})))[1]
    assert not re.search(r'["<>&`|;]|#(?!\d+;)', re.sub(r"#\d+;", "", label))
    assert CLEAN == unescape(label.replace("#", "&#"))


def node_of(drawn):
    return drawn.mermaid().splitlines()[1]


@pytest.mark.parametrize("text", ["- ", "1. ", "__", "* ", "+ ", "# ", "> ", "~", "`"])
def test_mermaid_takes_no_name_for_markdown(text):
    x = leaf(1)
    assert f'"{text}' not in node_of(draw(x, **{f"{text}x": x}))


def test_each_kind_of_tensor_has_its_own_outline_and_class_in_mermaid():
    lines = draw(all_kinds()).mermaid().splitlines()
    nodes = [re.fullmatch(r"  n\d([(\[{]+).*:::(\w+)", line) for line in lines if ":::" in line]
    assert KINDS == {node[2] for node in nodes}
    dashed = {line.split()[1] for line in lines if "classDef" in line and "dash" in line}
    assert 4 == len({(node[1], node[2] in dashed) for node in nodes})


def all_kinds():
    return result("Cat", leaf(1), leaf(1, make=Parameter), constant(1))


# SVG


class Picture:
    """What is in an SVG. Frames are (left, top, right, bottom), edges and arrows are points."""

    def __init__(self, drawn):
        self.svg = ET.fromstring(drawn.svg())
        for element in self.svg.iter():
            element.tag = element.tag.removeprefix("{http://www.w3.org/2000/svg}")
        self.boxes = [group for group in self.svg.iter("g") if group.find("rect") is not None]
        self.frames = [outermost(map(frame_of, box.iter("rect"))) for box in self.boxes]
        paths = [path.get("d") for path in self.svg.iter("path")]
        self.edges = [points_along(path) for path in paths if "C" in path]
        self.arrows = [tip_of(path) for path in paths if "C" not in path]

    def disc(self, i):
        """Give the frame of the disc that an operation's symbol stands in."""
        return frame_of(self.boxes[i].findall("rect")[1])

    def arriving(self, i):
        """Give the boxes from which edges arrive at an operation, from top to bottom."""
        left, top, _, bottom = self.disc(i)
        ends = [e for e in self.edges if 0 < left - e[-1][0] < 12 and top < e[-1][1] < bottom]
        starts = [edge[0] for edge in sorted(ends, key=lambda edge: edge[-1][1])]
        exits = [(frame[2], middle(frame)) for frame in self.frames]
        return [j for xy in starts for j, out in enumerate(exits) if np.allclose(xy, out, atol=0.1)]


def frame_of(rectangle):
    x, y, width, height = (float(rectangle.get(key)) for key in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def outermost(frames):
    lefts, tops, rights, bottoms = zip(*frames, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def middle(frame):
    return (frame[1] + frame[3]) / 2


def points_along(path):
    """Follow an edge: M x y, H x, C x y x y x y and, where it passes a column, H x again."""
    x, y, turn, *numbers = map(float, re.findall(r"-?[\d.]+", path))
    t = np.linspace(0, 1, 30)[:, None]
    a, b, c, d = np.reshape([turn, y, *numbers[:6]], (4, 2))
    curve = (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
    ways = [(x, turn, y)] + [(d[0], to, d[1]) for to in numbers[6:]]
    before, *after = [[(x, y) for x in np.linspace(x, to, 30)] for x, to, y in ways]
    return np.concatenate([before, curve, *after])


def tip_of(path):
    x, y, down, right, up = map(float, re.findall(r"-?[\d.]+", path))
    return x + right, y + down + up


def texts(box):
    return [element.text for element in box.iter("text")]


@pytest.fixture(params=GRAPHS)
def drawn(request):
    return draw(GRAPHS[request.param])


def test_the_boxes_of_the_lectures_graph():
    d, names = lecture()
    boxes = [["a", "[2.]", "grad [4.]"], ["b", "[3.]", "grad [2.]"], ["*", "[6.]"],
             ["+", "d", "[8.]"]]  # fmt: skip
    assert boxes == [texts(box) for box in Picture(draw(d, **names)).boxes]


def test_a_shape_and_its_dtype_are_lines_of_their_own():
    x = constant(np.ones((2, 3)))
    assert ["x", "(2, 3)", "float64"] == texts(Picture(draw(x, x=x)).svg)


def test_a_notebook_shows_the_svg():
    assert draw(leaf(1)).svg() == draw(leaf(1))._repr_svg_()


def test_the_svg_is_described_by_its_text():
    d, names = lecture()
    svg = Picture(draw(d, **names)).svg
    described = svg.get("role"), svg.find("title").text, svg.find("desc").text
    assert ("img", LECTURE.splitlines()[-1], LECTURE) == described


def test_no_name_can_leave_its_text_in_the_svg():
    x = leaf(1)
    svg = Picture(draw(x, **{HOSTILE: x})).svg
    assert ([CLEAN, "1."], f"{CLEAN}    1.   grad None") == (texts(svg), svg.find("desc").text)


def test_every_operand_has_an_arrow_that_touches_its_operation(drawn):
    picture = Picture(drawn)
    for i, box in enumerate(drawn.boxes):
        left, top, _, bottom = picture.disc(i) if box.inputs else picture.frames[i]
        tips = {y for x, y in picture.arrows if abs(x - left) < 0.2 and top < y < bottom}
        assert len(box.inputs) == len(tips)
    assert sum(len(box.inputs) for box in drawn.boxes) == len(picture.arrows)


def test_both_edges_of_a_square_are_drawn():
    a = leaf(3)
    assert [0, 0] == Picture(draw(result("Mul", a, a))).arriving(1)


def test_the_left_operand_enters_above_the_right_one():
    a, b = leaf(1), leaf(2)
    picture = Picture(draw(result("Add", result("Sub", a, b), result("Sub", b, a))))
    assert ([0, 1], [1, 0], [2, 3]) == tuple(picture.arriving(i) for i in (2, 3, 4))


def test_operands_used_once_stand_in_order_from_top_to_bottom():
    picture = Picture(draw(GRAPHS["wide"]))
    tops = [top for _, top, _, _ in picture.frames[:-1]]
    assert sorted(tops) == tops


def test_a_leaf_stands_by_its_first_use():
    d, names = lecture()
    a, b, *_ = Picture(draw(d, **names)).frames
    assert a[3] < b[1]


@pytest.mark.parametrize("upper", [True, False])
def test_an_edge_passes_above_a_box_where_it_is_the_upper_operand_and_else_below(upper):
    x = leaf(1)
    y = result("Neg", x)
    picture = Picture(draw(result("Sub", x, y) if upper else result("Sub", y, x)))
    passing = np.concatenate([edge for edge in picture.edges if len(edge) == 90])
    (left, top, _, bottom) = picture.frames[1]
    height = passing[passing[:, 0] > left, 1].mean()
    assert height < top if upper else height > bottom


def test_the_results_of_a_chain_stand_level():
    total = leaf(0)
    for i in range(5):
        total = result("Add", total, leaf(i))
    drawn = draw(total)
    frames = zip(drawn.boxes, Picture(drawn).frames, strict=True)
    heights = [middle(frame) for box, frame in frames if box.op]
    assert np.allclose(heights[0], heights, atol=1)


def test_operands_stand_left_of_their_operation(drawn):
    frames = Picture(drawn).frames
    for box, (left, *_) in zip(drawn.boxes, frames, strict=True):
        assert all(frames[j][2] < left for j in box.inputs)


def test_a_leaf_stands_in_the_column_before_its_first_use():
    late = leaf(1)
    drawn = draw(result("Add", chain(6), late), late=late)
    frames = dict(zip([box.alias for box in drawn.boxes], Picture(drawn).frames, strict=True))
    assert frames["#6"][0] == frames["late"][0]


def test_no_two_boxes_overlap(drawn):
    for a, b in combinations(Picture(drawn).frames, 2):
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def test_no_edge_runs_through_a_box(drawn):
    picture = Picture(drawn)
    x, y = np.concatenate(picture.edges).T
    for left, top, right, bottom in picture.frames:
        assert not ((left + 1 < x) & (x < right - 1) & (top < y) & (y < bottom)).any()


def test_nothing_is_drawn_outside_the_picture(drawn):
    picture = Picture(drawn)
    x, y = np.concatenate(picture.edges).T
    drawn_in = outermost([*picture.frames, (x.min(), y.min(), x.max(), y.max())])
    _, _, width, height = map(float, picture.svg.get("viewBox").split())
    assert min(drawn_in) > 0 and drawn_in[2] < width and drawn_in[3] < height


@pytest.mark.parametrize("name", ["x", "W" * 80, "日本語", HOSTILE])
def test_every_text_has_the_room_that_its_letters_take(name):
    x = leaf([1.5, -2.5], grad=[0.25, 0.5], make=Parameter)
    y = result("LogSoftmax", x, values=np.ones((64, 10)))
    for box in Picture(draw(y, **{name: x, f"{name} y": y})).boxes:
        (_, top, right, bottom), inner = map(frame_of, box.findall("rect"))
        for text in box.iter("text"):
            x, y, size, room = (float(text.get(k)) for k in ("x", "y", "font-size", "textLength"))
            letters = sum(1.2 if letter in "日本語" else 0.6 for letter in text.text)
            assert letters * size == pytest.approx(room, abs=0.1)
            beside = "logsoftmax" in texts(box) and text.text != "logsoftmax"
            left, end = (inner[2], right) if beside else (inner[0], inner[2])
            assert left < x - room / 2 and x + room / 2 < end
            assert top < y - 0.75 * size and y + 0.25 * size < bottom


def test_each_kind_of_tensor_has_its_own_colour_and_its_own_outline():
    colours, outlines = set(), set()
    for box in Picture(draw(all_kinds())).boxes:
        outer, *others = box.findall("rect")
        colours.add((outer.get("fill"), outer.get("stroke")))
        outlines.add((outer.get("rx"), outer.get("stroke-dasharray"), len(others)))
    assert (len(KINDS), len(KINDS)) == (len(colours), len(outlines))


def luminance(colour):
    """Give the relative luminance of WCAG 2.2 for a colour such as #1a7f37 or #fff."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    rgb = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return np.dot(linear, [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_texts_and_edges_can_be_read_on_white_and_on_dark_pages():
    y = all_kinds()
    y.grad = y.grad_fn.inputs[0].grad = constant(1)
    edges, writing = list(Picture(draw(y)).svg.iter("g"))[:2]
    for page in ("#ffffff", "#0d1117"):
        assert contrast(page, edges.get("stroke")) > 3
    for box in Picture(draw(y, y=y)).boxes:
        rectangles = box.findall("rect")
        for text in box.iter("text"):
            back = rectangles[1] if text.text == "cat" else rectangles[0]
            assert contrast(back.get("fill"), text.get("fill", writing.get("fill"))) > 4.5


def test_several_pictures_fit_on_one_page():
    svg = Picture(draw(GRAPHS["network"])).svg
    assert {"svg", "title", "desc", "g", "rect", "path", "text"} == {e.tag for e in svg.iter()}
    assert not {"id", "class", "href"} & {name for e in svg.iter() for name in e.attrib}


# One drawing, many readers


def test_the_same_graph_gives_the_same_drawing():
    (d, names), (e, others) = lecture(), lecture()
    one, other = draw(d, **names), draw(e, **others)
    assert (one.svg(), one.mermaid()) == (other.svg(), other.mermaid())


@pytest.mark.parametrize(
    ("file", "content"),
    [("graph.svg", "{0.svg}"), ("graph.mmd", "{0.mermaid}"), ("graph.txt", "{0.text}"),
     ("graph.md", "```mermaid\n{0.mermaid}\n```")],
)  # fmt: skip
def test_a_drawing_is_saved_in_the_format_of_the_files_name(tmp_path, file, content):
    d, names = lecture()
    drawn = draw(d, ñ=names["a"], **names)
    drawn.save(tmp_path / file)
    forms = SimpleNamespace(svg=drawn.svg(), mermaid=drawn.mermaid(), text=drawn.text())
    assert f"{content.format(forms)}\n".encode() == (tmp_path / file).read_bytes()


@pytest.mark.parametrize("file", ["graph.png", "graph", "svg"])
def test_a_format_that_is_not_known_is_refused_before_anything_is_written(tmp_path, file):
    with pytest.raises(ValueError, match=rf"\.svg, \.mmd, \.md, \.txt; not as '{file}'"):
        draw(leaf(1)).save(tmp_path / file)
    assert [] == list(tmp_path.iterdir())


def test_the_solved_package_draws_the_same_in_another_process():
    program = (
        "from sinmagia import tensor\nfrom sinmagia.drawing import draw\n"
        "a, b = tensor([2.0], requires_grad=True), tensor([3.0], requires_grad=True)\n"
        "d = a * b + a\nd.backward()\nprint(draw(d, a=a, b=b, d=d).svg())\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOLUTIONS), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8",
                          env=environment, timeout=60, check=True)  # fmt: skip
    d, names = lecture()
    assert draw(d, **names).svg() + "\n" == done.stdout
