"""Every row of the catalogue is tried in all its parts, or the catalogue says why it is not."""

from importlib import import_module
from pathlib import Path

from tests.attacks import PARTS, ROWS, UNTESTED, tried

# They try a row or two as well.
BESIDE = ["test_intake", "test_wire", "test_worker", "test_worker_forgery"]


def test_every_part_of_every_row_is_tried():
    for path in Path(__file__).parent.glob("test_*.py"):
        import_module(f"tests.attacks.{path.stem}")
    for name in BESIDE:
        import_module(f"tests.{name}")
    wanted = {(number, part) for number in ROWS.keys() - UNTESTED.keys() for part in PARTS}
    assert sorted(wanted) == sorted(tried)
