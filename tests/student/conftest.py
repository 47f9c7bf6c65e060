"""Reports an exercise that is not written yet as pending, in one quiet line."""

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call():
    try:
        return (yield)
    except NotImplementedError as unfinished:
        raise pytest.xfail.Exception(f"pending: {unfinished}") from None
