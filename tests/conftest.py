"""Which tests share a worker, and which come first, where pytest-xdist runs several; signals as in a terminal."""

import os
import signal
from functools import cache

import pytest

# As the commands do, and before numpy is loaded: threads of BLAS would wait for each other in small products.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As a shell starts what runs in its background; tests of Ctrl-C would wait for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@cache
def looks_at_a_run(path):
    """Whether the tests of a file look at one of the runs that `tests/end_to_end/conftest.py` makes."""
    text = path.read_text()
    return "small_run" in text or "smoke_run" in text


def pytest_collection_modifyitems(items):
    """These runs, which take longest, are the first things made."""
    items.sort(key=lambda item: not looks_at_a_run(item.path))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Tests of a file stay together, and so do all files that look at these runs, which are made once.

    By a scheduler, as the groups of pytest-xdist 3.8 are not seen by pytest 9.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            file = nodeid.split("::")[0]
            return "runs" if looks_at_a_run(config.rootpath / file) else file

    return ByFile(config, log)
