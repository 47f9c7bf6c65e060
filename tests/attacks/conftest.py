"""What the attacks at the level of a graded submission share."""

import pytest

pytest.register_assert_rewrite("tests.attacks.harness")


@pytest.fixture(scope="module")
def grade_attacked(tmp_path_factory, secret_lines):
    """Grade attacks: `grade_attacked({"optim.py": "import os; os._exit(0)"}, lost=["sgd_step"])`.

    What must hold after every attack is checked on the way.
    """
    from tests.attacks.harness import Attacks

    return Attacks(tmp_path_factory.mktemp("attacks"), secret_lines)
