"""Own matrices in every format, read back against numpy, and every mistake with its error."""

import gzip
import io
import lzma
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.io
import scipy.sparse
from astropy.io import fits

from starnmf.datasets import EXPANDED_LIMIT
from starnmf.datasets.own import own_matrix
from starnmf.datasets.own_files import Entries, Options, read_own
from starnmf.errors import InputError
from starnmf.matrix import Dense, Observed

X = np.random.default_rng(0).gamma(1.0, size=(7, 5)).round(3)
SPARSE = scipy.sparse.coo_array(np.where(X > 0.7, X, 0.0))


def read(path, key=None, **options):
    return read_own(Path(path), key, Options(**options), EXPANDED_LIMIT)


def npz(path):
    np.savez(path, a=X, label=np.arange(3))


def mat_73(path):
    with h5py.File(path, "w", userblock_size=512) as file:
        file["Y"] = X.T
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")


def h5(path):
    with h5py.File(path, "w") as file:
        file["group/matrix"] = X
        file["group/vector"] = np.arange(4.0)


def h5ad_dense(path):
    with h5py.File(path, "w") as file:
        file["X"] = X
        file["obsm/other"] = X[:, :2]


def fits_image(path):
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(X, name="FLUX"), fits.ImageHDU(X[0], name="WAVE")]).writeto(path)


def frame(**names):
    return pd.DataFrame(X, **names)


WRITERS = {
    "a.npy": lambda path: np.save(path, X),
    "a.npz": npz,
    "a.csv": lambda path: frame().to_csv(path, header=False, index=False),
    "header.csv": lambda path: frame(columns=list("abcde")).to_csv(path, index=False),
    "names.csv": lambda path: frame(columns=list("abcde"), index=[f"g{i}" for i in range(7)]).to_csv(path),
    "numbered.csv": lambda path: frame(index=[f"g{i}" for i in range(7)]).to_csv(path),
    "rows.csv": lambda path: frame(index=[f"g{i}" for i in range(7)]).to_csv(path, header=False),
    "a.tsv": lambda path: frame(columns=list("abcde")).to_csv(path, index=False, sep="\t"),
    "a.txt": lambda path: np.savetxt(path, X, fmt="%.3f"),
    "a.mtx": lambda path: scipy.io.mmwrite(path, X),
    "v5.mat": lambda path: scipy.io.savemat(path, {"Y": X, "maxValue": 3.0}),
    "v73.mat": mat_73,
    "a.h5": h5,
    "a.h5ad": h5ad_dense,
    "a.fits": fits_image,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_its_numbers(tmp_path, name):
    WRITERS[name](tmp_path / name)
    np.testing.assert_allclose(read(tmp_path / name), X, atol=1e-12)


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".xz", lzma.compress)])
def test_compressed_files_are_read_as_they_are(tmp_path, suffix, compress):
    frame().to_csv(tmp_path / "a.csv", header=False, index=False)
    (tmp_path / f"b.csv{suffix}").write_bytes(compress((tmp_path / "a.csv").read_bytes()))
    np.testing.assert_allclose(read(tmp_path / f"b.csv{suffix}"), X)


def sparse_h5ad(path, form):
    matrix = SPARSE.tocsr() if form == "csr" else SPARSE.tocsc()
    with h5py.File(path, "w") as file:
        group = file.create_group("X")
        group["data"], group["indices"], group["indptr"] = matrix.data, matrix.indices, matrix.indptr
        group.attrs.update({"shape": matrix.shape, "encoding-type": f"{form}_matrix"})


SPARSE_WRITERS = {
    "a.mtx": lambda path: scipy.io.mmwrite(path, SPARSE),
    "a.npz": lambda path: scipy.sparse.save_npz(path, SPARSE.tocsr()),
    "rows.h5ad": lambda path: sparse_h5ad(path, "csr"),
    "columns.h5ad": lambda path: sparse_h5ad(path, "csc"),
}


@pytest.mark.parametrize("name", SPARSE_WRITERS)
def test_what_a_sparse_file_leaves_out_is_zero_or_unobserved(tmp_path, name):
    SPARSE_WRITERS[name](tmp_path / name)
    np.testing.assert_allclose(read(tmp_path / name), SPARSE.toarray())
    entries = read(tmp_path / name, missing="unobserved")
    assert isinstance(entries, Entries)
    assert entries.shape == X.shape
    again = scipy.sparse.coo_array((entries.values, (entries.rows, entries.columns)), entries.shape)
    np.testing.assert_allclose(again.toarray(), SPARSE.toarray())
    assert len(entries.values) == SPARSE.nnz


def test_missing_numbers_are_an_error_or_unobserved(tmp_path):
    gaps = np.where(X > 2, np.nan, X)
    pd.DataFrame(gaps).to_csv(tmp_path / "a.csv", header=False, index=False)
    with pytest.raises(InputError, match=r"a\.csv: \d of 35 entries are missing.*missing=unobserved"):
        read(tmp_path / "a.csv")
    entries = read(tmp_path / "a.csv", missing="unobserved")
    np.testing.assert_allclose(np.sort(entries.values), np.sort(gaps[~np.isnan(gaps)]))


def test_a_member_of_an_archive_is_named_or_alone(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("folder/u.data", "1\t1\t5\n2\t1\t3\n1\t2\t4\n")
        archive.writestr("folder/readme", "no numbers")
    with pytest.raises(InputError, match=r"2 files that could be meant: folder/u\.data, folder/readme. Name one"):
        read(tmp_path / "a.zip", layout="ratings")
    assert read(tmp_path / "a.zip", "folder/u.data", layout="ratings").shape == (2, 2)
    with pytest.raises(InputError, match="no 'other' among its files"):
        read(tmp_path / "a.zip", "other")


def test_a_name_that_stands_for_two_members_of_an_archive_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "1,2\n3,4\n")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", "5,6\n7,9\n")
    for key in (None, "a.csv"):
        with pytest.raises(InputError, match=r"several files called a\.csv; expected different names"):
            read(tmp_path / "a.zip", key)


def test_the_end_of_a_name_may_have_capitals(tmp_path):
    (tmp_path / "A.CSV.GZ").write_bytes(gzip.compress(b"1.5,2\n3,4\n"))
    np.testing.assert_array_equal(read(tmp_path / "A.CSV.GZ"), [[1.5, 2], [3, 4]])


def test_names_are_those_of_texts_alone(tmp_path):
    np.save(tmp_path / "a.npy", X)
    with pytest.raises(InputError, match=r"a\.npy: names=both; expected none, as only texts have names"):
        read(tmp_path / "a.npy", names="both")


def sparse_and_coordinates(path):
    rows = scipy.sparse.csr_array(SPARSE)
    with h5py.File(path, "w") as file:
        for part in ("data", "indices", "indptr"):
            file[f"layers/counts/{part}"] = getattr(rows, part)
        file["layers/counts"].attrs.update({"encoding-type": "csr_matrix", "shape": SPARSE.shape})
        file["obsm/spatial"] = X[:, :2]


def mat_73_with(path, **items):
    """A file of version 7.3 as MATLAB writes sparse matrices and texts."""
    mat_73(path)
    with h5py.File(path, "r+") as file:
        for name, item in items.items():
            if isinstance(item, str):
                file[name] = np.array([[ord(letter)] * 2 for letter in item], dtype=np.uint16)
                file[name].attrs["MATLAB_class"] = np.bytes_("char")
            elif np.iscomplexobj(item):
                file[name] = item.astype(np.complex128).T.view([("real", float), ("imag", float)])
            else:
                columns = scipy.sparse.csc_array(item)
                for part, values in (("data", columns.data), ("ir", columns.indices), ("jc", columns.indptr)):
                    file[f"{name}/{part}"] = values.astype(np.uint64 if part != "data" else np.float64)
                file[name].attrs["MATLAB_sparse"] = np.uint64(columns.shape[0])


@pytest.mark.parametrize(
    ("name", "write", "candidates"),
    [
        ("a.h5ad", sparse_and_coordinates, "layers/counts, obsm/spatial"),
        ("a.mat", lambda path: mat_73_with(path, counts=SPARSE, title="abc"), "Y, counts"),
        ("c.mat", lambda path: mat_73_with(path, C=X + 1j), "C, Y"),
        ("b.mat", lambda path: scipy.io.savemat(path, {"Y": X, "C": X + 1j}), "C, Y"),
        ("a.npz", lambda path: np.savez(path, C=X + 1j, Y=X), "C, Y"),
    ],
)
def test_no_matrix_is_passed_over_for_another_array(tmp_path, name, write, candidates):
    write(tmp_path / name)
    with pytest.raises(InputError, match=r"2 arrays of numbers that could be meant: ") as raised:
        read(tmp_path / name)
    assert sorted(candidates.split(", ")) == sorted(str(raised.value).split("meant: ")[1].split(".")[0].split(", "))


def test_a_sparse_matrix_of_matlab_7_3_is_read(tmp_path):
    mat_73_with(tmp_path / "a.mat", counts=SPARSE, title="abc")
    np.testing.assert_allclose(read(tmp_path / "a.mat", "counts"), SPARSE.toarray())
    np.testing.assert_array_equal(read(tmp_path / "a.mat", "Y"), X)


def test_objects_beside_a_matrix_are_no_numbers(tmp_path):
    np.savez(tmp_path / "a.npz", X=X, names=np.array(["a", "b"], dtype=object))
    np.testing.assert_array_equal(read(tmp_path / "a.npz"), X)
    with pytest.raises(InputError, match="no 'names' among its arrays of numbers; found X"):
        read(tmp_path / "a.npz", "names")


def test_an_array_that_is_no_matrix_is_named_where_there_is_no_other(tmp_path):
    np.savez(tmp_path / "a.npz", first=X[:1], second=X[0])
    with pytest.raises(InputError, match="2 arrays of numbers that could be meant: first, second"):
        read(tmp_path / "a.npz")
    np.testing.assert_array_equal(read(tmp_path / "a.npz", "first"), X[:1])


def test_the_only_member_of_an_archive_may_hold_several_arrays(tmp_path):
    np.savez(tmp_path / "a.npz", first=X, second=2 * X)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.npz", "a.npz")
    np.testing.assert_array_equal(read(tmp_path / "a.zip", "second"), 2 * X)
    with pytest.raises(InputError, match=r"a\.zip: a\.npz: no 'third' among its arrays of numbers"):
        read(tmp_path / "a.zip", "third")


@pytest.mark.parametrize(
    ("name", "write", "options"),
    [
        ("a.csv", lambda path: np.savetxt(path, X, delimiter=","), {}),
        ("a.npy", lambda path: np.save(path, X), {}),
        ("a.npz", lambda path: scipy.sparse.save_npz(path, SPARSE), {}),
        ("a.mtx", lambda path: scipy.io.mmwrite(path, SPARSE), {}),
        ("u.data", lambda path: path.write_text("1\t1\t5\n2\t1\t3\n1\t2\t4\n"), {"layout": "ratings"}),
    ],
)
def test_a_key_that_names_nothing_is_refused(tmp_path, name, write, options):
    write(tmp_path / name)
    read(tmp_path / name, **options)
    with pytest.raises(InputError, match=rf"{name}: key=Y; expected none, as the file holds one matrix alone"):
        read(tmp_path / name, "Y", **options)


def test_an_encrypted_archive_is_an_error(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "1,2\n3,4\n")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(start) + flags] |= 1
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.zip: a\.csv: .*encrypted"):
        read(tmp_path / "a.zip")


def test_one_of_several_arrays_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", first=X, second=2 * X)
    with pytest.raises(InputError, match=r"2 arrays of numbers that could be meant: first, second. Name one with key="):
        read(tmp_path / "a.npz")
    np.testing.assert_array_equal(read(tmp_path / "a.npz", "second"), 2 * X)
    with pytest.raises(InputError, match="no 'third' among its arrays of numbers; found first, second"):
        read(tmp_path / "a.npz", "third")
    h5(tmp_path / "a.h5")
    np.testing.assert_array_equal(read(tmp_path / "a.h5", "/group/matrix"), X)


def pickled(path):
    np.save(path, np.array([[{}]], dtype=object), allow_pickle=True)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npy", b"\x93NUMPY", "cannot be read as an array of numpy"),
        ("a.npy", pickled, "allow_pickle=False"),
        (
            "a.npy",
            lambda path: np.save(path, np.arange(3)),
            r"int64 of shape \(3,\); expected numbers in two dimensions",
        ),
        ("a.npy", lambda path: np.save(path, np.array([["a"]])), "<U1 of shape"),
        ("a.npz", b"PK", "cannot be read as arrays of numpy"),
        ("a.csv", b"", "found no lines; expected a matrix"),
        ("a.csv", b"1,2\n3,x\n", r"line 2, column 2: found 'x'; expected a number"),
        ("a.csv", b"\xff\xfe1,2\n", r"a\.csv: no text in UTF-8 .*Save it with that encoding"),
        ("a.mtx", b"%%MatrixMarket nothing\n", "cannot be read as a MatrixMarket file"),
        ("a.mat", b"MATLAB 5.0", "cannot be read as a MATLAB file"),
        ("a.h5", b"\x89HDF\r\n\x1a\nshort", "cannot be read as HDF5"),
        ("a.fits", b"SIMPLE  =", "cannot be read as a FITS file"),
        ("a.zip", b"PK\x03\x04", "cannot be read as a zip archive"),
        ("a.csv.gz", b"\x1f\x8b\x08", "damaged or truncated"),
        ("a.xlsx", b"PK", r"a file named \*\.xlsx; expected one of \.csv, \.tsv, \.txt, \.npy"),
    ],
)
def test_files_that_hold_no_matrix_are_refused(tmp_path, name, content, message):
    if callable(content):
        content(tmp_path / name)
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(tmp_path / name)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.csv: no such file"):
        read(tmp_path / "nowhere.csv")


def make(path, rank=None, **options):
    return own_matrix("mine", path, None, Options(**options), rank, 0, EXPANDED_LIMIT)


def test_an_own_matrix_is_scaled_and_says_where_it_comes_from(tmp_path):
    np.save(tmp_path / "a.npy", X)
    matrix = make(tmp_path / "a.npy", rank=3)
    assert isinstance(matrix, Dense)
    np.testing.assert_allclose(matrix.X, X / X.std(), rtol=1e-6)
    assert (matrix.description.dataset, matrix.description.source, matrix.description.rank) == ("mine", "own", 3)
    assert list(matrix.description.raw_sha256) == ["a.npy"]


def test_rows_and_columns_without_entries_are_dropped(tmp_path):
    sparse = scipy.sparse.coo_array(([1.0, 2.0, 4.0], ([0, 2, 2], [1, 1, 4])), (5, 6))
    scipy.io.mmwrite(tmp_path / "a.mtx", sparse)
    matrix = make(tmp_path / "a.mtx", rank=1, missing="unobserved")
    assert isinstance(matrix, Observed)
    assert matrix.shape == (2, 2)


def test_a_matrix_without_an_observed_entry_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("NA,NA\nNA,NA\n")
    with pytest.raises(InputError, match=r"a\.csv: found no observed entry"):
        make(tmp_path / "a.csv", missing="unobserved")


@pytest.mark.parametrize(
    ("array", "rank", "message"),
    [
        (-X, 2, "mine: 35 of 35 values are negative"),
        (np.where(X > 2, np.inf, X), 2, "are NaN or infinite"),
        (np.ones((4, 4)), 2, "all 16 values equal 1"),
        (X * 1e300, 2, r"values from .* to .*e\+300; expected ones that differ within the 7 digits of float32"),
        (X * 1e-50, 2, "expected ones that differ within the 7 digits of float32"),
        (
            X + 1e8,
            2,
            "expected ones that differ within the 7 digits of float32, .* Divide them by a constant, or subtract",
        ),
        (X, 6, "rank 6 does not fit its 7 x 5 matrix"),
    ],
)
def test_numbers_that_cannot_be_factorized_are_refused(tmp_path, array, rank, message):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(InputError, match=message):
        make(tmp_path / "a.npy", rank)


@pytest.mark.parametrize("planted", [2, 4, 9])
def test_the_suggested_rank_of_a_full_matrix_is_the_planted_one(tmp_path, capsys, planted):
    random = np.random.default_rng(planted)
    product = random.gamma(1.0, size=(90, planted)) @ random.gamma(1.0, size=(planted, 60))
    np.save(tmp_path / "a.npy", np.abs(product + 0.1 * random.standard_normal(product.shape)))
    assert make(tmp_path / "a.npy").description.rank == planted
    assert (
        f"mine: rank {planted} is suggested: {planted} singular values are above the noise" in capsys.readouterr().err
    )


def test_the_suggested_rank_of_observed_entries_leaves_ten_to_a_number(tmp_path, capsys):
    random = np.random.default_rng(0)
    lines = [f"{u} {i} {random.integers(1, 6)}" for u in range(60) for i in range(50) if random.random() < 0.9]
    (tmp_path / "a.data").write_text("\n".join(lines))
    matrix = make(tmp_path / "a.data", layout="ratings")
    assert matrix.description.rank == 2 == len(lines) // (10 * 110)
    assert f"{len(lines):,} observed entries" in capsys.readouterr().err


def test_a_tiny_matrix_has_a_rank_too(tmp_path):
    (tmp_path / "a.csv").write_bytes(io.BytesIO(b"1,2,4\n2,4,7\n").getvalue())
    assert make(tmp_path / "a.csv").description.rank == 2
