"""Given: lays a drawn graph out in columns, from left to right, and writes it as SVG.

An edge that passes columns makes a stop in each. A stop is a pair (i, column): box i itself in its
own column, its passing edge in later ones.
"""

import unicodedata
from collections import defaultdict
from html import escape
from statistics import fmean
from typing import NamedTuple

# What a box is shows in its colours and in its outline: fill, line, SVG outline, Mermaid outline.
STYLES = {
    "leaf": ("#e2f5e7", "#1a7f37", 'rx="22"', '("{}")'),
    "parameter": ("#fdf0cf", "#9a6700", 'rx="3"', '[["{}"]]'),  # with a double line
    "constant": ("#eceff3", "#57606a", 'rx="3" stroke-dasharray="6 4"', '["{}"]'),
    "result": ("#e4effd", "#0b5cad", 'rx="10"', '{{{{"{}"}}}}'),  # a hexagon
}
INK, RED, GREY = "#1b2430", "#b3261e", "#7d8796"  # the grey is seen on white and on black pages
WRITING = {"name": 'font-weight="bold"', "value": "", "dtype": "", "grad": f'fill="{RED}"'}

# Lengths of the SVG in pixels. The font is monospaced: a character is 0.6 times its size wide.
FONT = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SIZE, BIG, LINE, PAD = 16, 24, 22, 14
DISC, PORT, HEAD = 44, 16, 9  # an operation's disc; from operand to operand; an arrow's head
ROW_GAP, COLUMN_GAP, MARGIN = 20, 40, 8
SWEEPS = 25  # the layout is steady long before


def cells(text):
    """Give the width of a text in characters; East Asian ones and emoji count twice."""
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


class Size(NamedTuple):
    """The lengths of a box: of its operation's disc (0 for none), and of the whole."""

    disc: float
    width: float
    height: float


def svg(boxes, description):
    """Lay the graph out and write it; the description is for those who do not see it."""
    column, links = _columns(boxes)
    sizes = [_size(box) for box in boxes]
    room = {(i, c): sizes[i].height for i, c in enumerate(column)}
    room |= {stop: 0 for _, stop, k in links if k is None}
    y = _rows(boxes, links, room)
    start, end, right = [], [], MARGIN  # where each column starts and ends
    for c in range(max(column) + 1):
        start.append(right)
        end.append(right + max(sizes[i].width for i, own in enumerate(column) if own == c))
        steepest = max((abs(y[a] - y[b]) for a, b, _ in links if a[1] == c), default=0)
        right = end[-1] + COLUMN_GAP + min(steepest / 5, 2 * COLUMN_GAP)
    drawn = []
    for (j, c), (i, d), k in links:
        x1, y1 = start[c] + sizes[j].width if c == column[j] else end[c], y[j, c]
        x2, y2 = start[d] if k is None else start[d] - HEAD, y[i, d] + _port(boxes[i], k)
        onwards = f"H{end[d]:.1f}" if k is None else ""
        path = f"M{x1:.1f} {y1:.1f}{_curve(end[c], y1, x2, y2)}{onwards}"
        drawn.append(f'<path d="{path}"/>')
        if k is not None:
            drawn.append(f'<path d="M{x2:.1f} {y2 - 5:.1f}v10l{HEAD} -5z" fill="{GREY}"/>')
    drawn.append(
        f'</g>\n<g font-family="{FONT}" fill="{INK}" text-anchor="middle" stroke-width="2">'
    )
    for i, c in enumerate(column):
        drawn += _drawn(boxes[i], sizes[i], start[c], y[i, c])
    width = round(end[-1] + MARGIN)
    height = round(max(y[stop] + room[stop] / 2 for stop in room) + MARGIN)
    head = f"""\
<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" width="{width}" \
height="{height}" style="max-width:100%;min-width:{0.6 * width:.0f}px;height:auto">
<title>{escape(description.splitlines()[-1])}</title>
<desc>{escape(description)}</desc>
<g fill="none" stroke="{GREY}" stroke-width="2">"""
    return "\n".join([head, *drawn, "</g>", "</svg>"])


def _columns(boxes):
    """Give each box a column, left of all its uses, and list the links (stop, next stop, operand).

    The operand's place is None where the next stop is not the operation, but an edge passing by.
    """
    far = [0] * len(boxes)  # the longest way to the root
    for i in reversed(range(len(boxes))):
        for j in boxes[i].inputs:
            far[j] = max(far[j], far[i] + 1)
    column = [max(far) - steps for steps in far]
    links = []
    for i, box in enumerate(boxes):
        links += [((j, column[i] - 1), (i, column[i]), k) for k, j in enumerate(box.inputs)]
    for j, c in enumerate(column):
        last = max((a[1] for a, _, _ in links if a[0] == j), default=c)
        links += [((j, passed - 1), (j, passed), None) for passed in range(c + 1, last + 1)]
    return column, links


def _rows(boxes, links, room):
    """Give every stop its height y; `room` is how high each stop is.

    A stop wishes to be level with its neighbours. Sweeping to and fro, each column is sorted by
    where the links arrive, and spread so that nothing overlaps.
    """
    columns = [[] for _ in range(max(c for _, c in room) + 1)]
    for stop in room:
        columns[stop[1]].append(stop)
    left, right = defaultdict(list), defaultdict(list)  # a stop's neighbours, and where links meet
    for a, b, k in links:
        port = _port(boxes[b[0]], k)
        left[b].append((a, -port))
        if k is not None or not room[a]:  # a box stands by its first uses, not by later ones
            right[a].append((b, port))
    y = {stop: row * 100.0 for stops in columns for row, stop in enumerate(stops)}
    for sweep in range(SWEEPS):
        for stops in columns if sweep % 2 else reversed(columns):
            near = {s: (left if sweep % 2 else right)[s] or [(s, 0)] for s in stops}
            stops.sort(key=lambda s: fmean(y[t] + port for t, port in near[s]))
            wishes = [fmean(y[t] for t, _ in near[s]) for s in stops]
            weights = [1 if boxes[i].op else 0.001 for i, _ in stops]  # leaves give way to results
            y.update(zip(stops, _spread(wishes, weights, [room[s] for s in stops]), strict=True))
    top = min(y[stop] - room[stop] / 2 for stop in room) - MARGIN
    return {stop: middle - top for stop, middle in y.items()}


def _spread(wishes, weights, heights):
    """Move boxes apart, in this order and as little as possible (weighted least squares).

    Boxes that would overlap are pooled: they stand together, at the mean of their wishes.
    """
    offsets, pools = [], []  # offset: from the first box; pool: weighted wishes, weights, number
    for i, (wish, weight, height) in enumerate(zip(wishes, weights, heights, strict=True)):
        offsets.append(offsets[-1] + (heights[i - 1] + height) / 2 + ROW_GAP if i else 0)
        pools.append((weight * (wish - offsets[i]), weight, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            lower, upper = pools.pop(), pools.pop()
            pools.append(tuple(map(sum, zip(upper, lower, strict=True))))
    tops = [total / weight for total, weight, number in pools for _ in range(number)]
    return [top + offset for top, offset in zip(tops, offsets, strict=True)]


def _size(box):
    """Measure a box: its text fits, and so do the arrows that enter it."""
    disc = max(DISC, 0.6 * _letters(box.op) * cells(box.op) + 1.5 * PAD) if box.op else 0
    lines = box.lines()
    width = disc + 2 * PAD + 0.6 * SIZE * max(cells(text) for _, text in lines)
    return Size(disc, width, max(DISC, LINE * len(lines) + PAD, PORT * len(box.inputs) + PAD))


def _letters(op):
    """Give the size of an operation's letters: a symbol is bigger than a name."""
    return BIG if len(op) == 1 else SIZE


def _port(box, k):
    """Give how far below the middle of a box its operand `k` enters; 0 for a passing edge."""
    return 0 if k is None else PORT * (k - (len(box.inputs) - 1) / 2)


def _curve(x, y, to_x, to_y):
    """Go on straight to the end of a column at `x`, then in a curve to a point in the next."""
    bend = (x + to_x) / 2
    return f"H{x:.1f}C{bend:.1f} {y:.1f} {bend:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"


def _drawn(box, size, x, y):
    """Draw a box whose left edge and middle are given."""
    fill, line, outline, _ = STYLES[box.kind]

    def frame(x, width, inset, attributes):
        return (
            f'<rect x="{x + inset:.1f}" y="{y - size.height / 2 + inset:.1f}" '
            f'width="{width - 2 * inset:.1f}" height="{size.height - 2 * inset:.1f}" {attributes}/>'
        )

    def write(text, letters, x, y, attributes):  # textLength: whatever the font, the text fits
        return (
            f'<text x="{x:.1f}" y="{y + 0.35 * letters:.1f}" font-size="{letters}" '
            f'textLength="{0.6 * letters * cells(text):.1f}" {attributes}>{escape(text)}</text>'
        )

    yield "<g>"
    outline += f' fill="{fill}" stroke="{line}"'
    yield frame(x + size.disc / 2, size.width - size.disc / 2, 0, outline)
    if box.kind == "parameter":
        yield frame(x, size.width, 4, f'fill="none" stroke="{line}" stroke-width="1"')
    if box.op:
        yield frame(x, size.disc, 0, f'rx="{DISC / 2}" fill="{line}" stroke="{line}"')
        style = 'fill="#fff" font-weight="bold"'
        yield write(box.op, _letters(box.op), x + size.disc / 2, y, style)
    lines = box.lines()
    for i, (way, text) in enumerate(lines):
        row = y + LINE * (i - (len(lines) - 1) / 2)
        yield write(text, SIZE, x + (size.disc + size.width) / 2, row, WRITING[way])
    yield "</g>"
