"""Every row of the catalogue is tried in all its parts, or the catalogue says why it is not."""

from importlib import import_module
from pathlib import Path

from tests.attacks import PARTS, ROWS, UNTESTED, tried


def test_every_part_of_every_row_is_tried():
    for path in Path(__file__).parent.glob("test_*.py"):
        if path != Path(__file__):
            import_module(f"tests.attacks.{path.stem}")
    wanted = {(number, part) for number in ROWS.keys() - UNTESTED.keys() for part in PARTS}
    assert sorted(wanted) == sorted(tried)
