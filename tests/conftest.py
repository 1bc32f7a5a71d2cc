"""Which tests share a worker, and which come first, where pytest-xdist runs several."""

import pytest


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for groups
def pytest_collection_modifyitems(items):
    """Tests of one file stay together, as do all that look at the smoke run, which is made once and takes longest."""
    items.sort(key=lambda item: "smoke_run" not in item.fixturenames)
    for item in items:
        group = "smoke run" if "smoke_run" in item.fixturenames else item.nodeid.split("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
