"""The names that notebooks use, and the examples of their documentation."""

import doctest
import inspect
import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse

import starnmf
from starnmf.errors import InputError


@pytest.mark.parametrize("name", ["starnmf", *starnmf.__all__])
def test_examples_print_what_they_say(name):
    documented = starnmf if name == "starnmf" else getattr(starnmf, name)
    module = documented if inspect.ismodule(documented) else inspect.getmodule(documented)
    finder = doctest.DocTestFinder(recurse=False)
    tests = finder.find(documented, name, module=module, globs=dict(vars(module)))
    runner = doctest.DocTestRunner()
    for test in tests:
        assert runner.run(test).failed == 0


def test_every_public_function_has_an_example_and_says_what_it_takes_and_gives():
    for name in starnmf.__all__:
        documented = getattr(starnmf, name)
        assert inspect.getdoc(documented), name
        if inspect.isfunction(documented):
            for section in ("Parameters", "Returns", "Examples"):
                assert f"{section}\n{'-' * len(section)}" in inspect.getdoc(documented), (name, section)


def test_importing_the_library_loads_nothing_heavy():
    code = "import sys, starnmf; print([m for m in ('numpy', 'pandas', 'torch', 'numba') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_arrays_with_gaps_and_sparse_arrays_are_the_same_matrix():
    values = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan], [2.0, 5.0, np.nan]])
    seen = ~np.isnan(values)
    dense = starnmf.matrix_from(values, rank=1)
    stored = starnmf.matrix_from(sparse.csr_array((values[seen], np.nonzero(seen)), shape=values.shape), rank=1)
    assert dense.shape == stored.shape == (2, 3)
    np.testing.assert_array_equal(dense.values, stored.values)
    np.testing.assert_array_equal(dense.indices, stored.indices)
    assert dense.values.std() == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "message"),
    [([1.0, 2.0], "array of 1 dimensions"), ([[1.0, -2.0]], "negative"), ([[1.0, np.inf]], "NaN or infinite")],
)
def test_arrays_that_cannot_be_used_are_refused(values, message):
    with pytest.raises(InputError, match=message):
        starnmf.matrix_from(values, rank=1)
