"""Which tests share a worker, and which come first, where pytest-xdist runs several."""

from functools import cache

import pytest


def pytest_collection_modifyitems(items):
    """The smoke run, which takes longest, is the first thing made."""
    items.sort(key=lambda item: "smoke_run" not in item.fixturenames)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Tests of a file stay together, and so do all files that look at the smoke run, which is made once.

    By a scheduler, as the groups of pytest-xdist 3.8 are not seen by pytest 9.
    """
    from xdist.scheduler import LoadScopeScheduling

    @cache
    def group(file):
        return "smoke run" if "smoke_run" in (config.rootpath / file).read_text() else file

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group(nodeid.split("::")[0])

    return ByFile(config, log)
