import gzip
import hashlib

import numpy as np
import pytest

from starnmf.datasets import metabolic
from starnmf.datasets.normalization import normalize
from starnmf.datasets.options import NoOptions
from starnmf.datasets.raw import open_raw
from starnmf.errors import InputError
from starnmf.matrix import Dense
from starnmf.seeds import generator

TEXT = (
    '!Series_title\t"Logic"\n\n!Sample_title\t"a"\t"b"\n!series_matrix_table_begin\n'
    '"ID_REF"\t"GSM77298"\t"GSM77299"\n"10000_at"\t0.055618618\t0\n"10001_at"\t156.04\t2e-3\n"AFFX"\t1\t2\n'
    "!series_matrix_table_end\n"
)


def parse(file):
    return metabolic.parse([file], NoOptions(), generator(0))


def test_every_probe_is_a_row(raw_file):
    for name, content in (("a.txt", TEXT.encode()), ("a.txt.gz", gzip.compress(TEXT.encode()))):
        assert parse(raw_file(name, content)).tolist() == [[0.055618618, 0], [156.04, 0.002], [1, 2]]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (TEXT, "", "found 0 lines !series_matrix_table_begin"),
        ("!series_matrix_table_end\n", "", "found 0 lines !series_matrix_table_end.*truncated"),
        ('"ID_REF"', '"PROBE"', 'line 5 starts with \'"PROBE"\'; expected the header "ID_REF"'),
        ("\t0.055618618\t0", "\t0.055618618", "line 6 has 1 values; expected 2"),
        ("\t1\t2", "\t1\t2\t3", "line 8 has 3 values; expected 2"),
        *(
            ("156.04", text, f"line 7 has the value '{text}'; expected a finite non-negative number")
            for text in ("", "null", "NaN", "inf", "-2e-3", "1_0", "٤", "0x10", "1,5")
        ),
        ("156.04", "1e999", "line 7 has the value 1e999; expected finite"),
        ("10001_at", "10000_at", 'the probe "10000_at" is there more than once'),
        ("GSM77299", "GSM77298", 'the sample "GSM77298" is there more than once'),
        (TEXT.split("begin\n")[1].split("!series_matrix_table_end")[0], "", "line 4 has no header"),
        (TEXT.split('GSM77299"\n')[1].split("!series_matrix_table_end")[0], "", "no rows"),
    ],
)
def test_broken_table_is_refused_with_its_line(raw_file, old, new, message):
    assert old in TEXT
    with pytest.raises(InputError, match=message):
        parse(raw_file("a.txt", TEXT.replace(old, new).encode()))


def test_real_series_matrix(real_data):
    folder = real_data("GSE3431_series_matrix.txt.gz")
    with open_raw("metabolic", folder) as (file,):
        text = file.read()
        X = parse(file)
    assert hashlib.sha256(text).hexdigest() == "fa390d8c81b0c0bbb9a433959336dd27b095663d3a81b94bec1e237ca2e13103"
    assert X.shape == (9335, 36)
    assert (X.min(), X.max(), (X == 0).sum()) == (0, pytest.approx(156.04, abs=5e-3), 381)
    matrix = normalize("metabolic", folder, "mirror", 3, 0, {})
    assert isinstance(matrix, Dense)
    np.testing.assert_allclose(matrix.X, X / X.std(), rtol=1e-5)
