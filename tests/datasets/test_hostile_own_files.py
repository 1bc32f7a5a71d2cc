"""Own files that crash libraries, point at other files or expand without end: one clear error each."""

import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse
from astropy.io import fits

from starnmf.datasets import child_process
from starnmf.datasets.own import own_matrix
from starnmf.datasets.own_files import Options, read_own
from starnmf.datasets.satellite import parse as parse_satellite
from starnmf.errors import InputError

STARNMF = Path(sys.executable).parent / "starnmf"
X = np.random.default_rng(0).random((12, 7))
SPARSE = scipy.sparse.random_array((30, 20), density=0.2, rng=np.random.default_rng(1), format="csr")


def refused(path, message, limit=10**8, **options):
    with pytest.raises(InputError, match=message):
        read_own(path, None, Options(**options), limit)


def save_scipy(path, **changes):
    parts = {"data": SPARSE.data, "indices": SPARSE.indices, "indptr": SPARSE.indptr, "shape": SPARSE.shape}
    np.savez(path, format=b"csr", **(parts | changes))


def save_anndata(path, **changes):
    parts = {"data": SPARSE.data, "indices": SPARSE.indices, "indptr": SPARSE.indptr} | changes
    with h5py.File(path, "w") as file:
        for name, part in parts.items():
            file[f"X/{name}"] = part
        file["X"].attrs.update({"encoding-type": "csr_matrix", "shape": SPARSE.shape})


def changed(array, place, value):
    array = array.copy()
    array[place] = value
    return array


PLACES = {
    "an index past the end": {"indices": changed(SPARSE.indices, 5, 2_000_000_000)},
    "a negative index": {"indices": changed(SPARSE.indices, 5, -7)},
    "rows that go back": {"indptr": changed(SPARSE.indptr, 4, 2_000_000)},
    "rows that begin before": {"indptr": changed(SPARSE.indptr, 0, -1)},
    "rows that end after": {"indptr": changed(SPARSE.indptr, -1, SPARSE.nnz + 1)},
    "too few rows": {"indptr": SPARSE.indptr[:-3]},
    "too few entries": {"data": SPARSE.data[:-3]},
    "indices with fractions": {"indices": SPARSE.indices + 0.5},
}


@pytest.mark.parametrize("changes", PLACES.values(), ids=list(PLACES))
@pytest.mark.parametrize(("save", "suffix"), [(save_scipy, ".npz"), (save_anndata, ".h5ad")])
def test_places_outside_a_sparse_matrix_are_refused(tmp_path, save, suffix, changes):
    path = tmp_path / f"a{suffix}"
    save(path)
    np.testing.assert_array_equal(read_own(path, None, Options(), 10**8), SPARSE.toarray())
    save(path, **changes)
    refused(path, "a sparse matrix with .*; expected whole ones")


@pytest.mark.parametrize("missing", ["zero", "unobserved"])
def test_bytes_that_are_no_text_of_a_matrix_market_file_are_refused(tmp_path, missing):
    stream = io.BytesIO()
    scipy.io.mmwrite(stream, X)
    content = stream.getvalue()
    for byte in (b"\0", b"\xff", "٤".encode()):
        place = content.rindex(b"\n", 0, -1) - 3
        (tmp_path / "a.mtx").write_bytes(content[:place] + byte + content[place + 1 :])
        refused(tmp_path / "a.mtx", "bytes that are no text of a MatrixMarket file", missing=missing)
    (tmp_path / "a.mtx").write_bytes(content.replace(b"%\n", "% Müller\n".encode(), 1))
    np.testing.assert_allclose(read_own(tmp_path / "a.mtx", None, Options(), 10**8), X)


@pytest.mark.parametrize(
    "command",
    [["stand-in", "metabolic", "real", "--rank", "2"], ["stand-in-images", "real", "--training", "2", "--test", "1"]],
)
def test_synthetic_files_replace_no_others(tmp_path, command):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "GSE3431_series_matrix.txt.gz").write_text("real")
    done = subprocess.run([STARNMF, "datasets", *command], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert "real: is there and not empty; expected a new folder for synthetic data" in done.stderr
    assert [path.read_text() for path in (tmp_path / "real").iterdir()] == ["real"]


@pytest.mark.parametrize(
    ("kind", "line", "message"),
    [
        (
            "coordinate real",
            "1 1 2,5",
            "line 3: found '2,5'; expected a number such as 3.5. Write decimals with a point",
        ),
        ("coordinate real", "1 1 2.5abc", "line 3: found '2.5abc'"),
        ("coordinate real", "1 1 1D3", "line 3: found '1D3'"),
        ("coordinate integer", "1 1 2.9", "line 3: found '2.9'; expected a whole number, as the first line says"),
        ("array real", "2,5", "line 3: found '2,5'"),
        ("coordinate real", "1 1 1 234", "line 3: found 4 numbers; expected 3"),
        ("coordinate pattern", "1 1 2.5", "line 3: found 3 numbers; expected 2"),
        ("array real", "1 9", "line 3: found 2 numbers; expected 1"),
    ],
)
def test_no_number_of_a_matrix_market_file_is_cut(tmp_path, kind, line, message):
    size = "2 2" if "array" in kind else "2 2 4"
    others = ["0.75", "4", "1"] if "array" in kind else ["1 2 3", "2 1 1", "2 2 4"]
    text = "\n".join([f"%%MatrixMarket matrix {kind} general", size, line, *others])
    (tmp_path / "a.mtx").write_text(f"{text}\n")
    refused(tmp_path / "a.mtx", message)


def test_a_command_writes_neither_over_what_it_reads_nor_over_a_folder_or_a_device(tmp_path):
    np.savetxt(tmp_path / "mine.csv", X, delimiter=",")
    before = (tmp_path / "mine.csv").read_bytes()
    os.mkfifo(tmp_path / "pipe")
    for output, description, message in (
        ("mine.csv", "d.csv", "mine.csv: is read; expected another file to write"),
        ("o.h5", "mine.csv", "mine.csv: is read"),
        ("o.h5", "o.h5", "o.h5: is named for another output"),
        ("pipe", "d.csv", "pipe: found a device; expected a file to write"),
        (".", "d.csv", "found a folder; expected a file to write"),
    ):
        done = subprocess.run(
            [STARNMF, "datasets", "own", "mine", "mine.csv", output, description, "--rank", "2"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
    assert (tmp_path / "mine.csv").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.csv", "pipe"]


@pytest.mark.extended
def test_no_byte_of_a_binary_file_crashes_the_command(tmp_path):
    """Files with bytes changed at random; `make fuzz` reads many more of them."""
    random = np.random.default_rng(3)
    for name, write in {
        "a.mat": lambda path: scipy.io.savemat(path, {"Y": X, "S": SPARSE}, do_compression=True),
        "a.npz": save_scipy,
        "a.h5ad": save_anndata,
        "a.mtx": lambda path: scipy.io.mmwrite(path, SPARSE),
    }.items():
        write(tmp_path / name)
        content = (tmp_path / name).read_bytes()
        for _ in range(25):
            damaged = bytearray(content)
            for place in random.integers(len(content), size=random.integers(1, 6)):
                damaged[place] = random.integers(256)
            (tmp_path / name).write_bytes(damaged)
            try:
                read_own(tmp_path / name, "Y" if name == "a.mat" else None, Options(), 10**8)
            except InputError:
                continue


def test_a_reader_that_dies_is_an_error(tmp_path, monkeypatch):
    dying = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    (tmp_path / "sitecustomize.py").write_text(f"import scipy.io\nscipy.io.loadmat = lambda *given: exec({dying!r})\n")
    scipy.io.savemat(tmp_path / "a.mat", {"Y": X})
    done = subprocess.run(
        [STARNMF, "datasets", "own", "a", "a.mat", "a.h5", "a.csv"],
        cwd=tmp_path, env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "starnmf: error: a.mat: damaged: the process that read it ended with signal 11; expected a whole file. "
        "Get it again\n"
    )
    assert not (tmp_path / "a.h5").exists()


def test_a_reader_that_does_not_end_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(child_process, "LONGEST_SECONDS", 0.5)
    monkeypatch.setattr(scipy.io, "loadmat", lambda *given: time.sleep(60))
    scipy.io.savemat(tmp_path / "a.mat", {"Y": X})
    refused(tmp_path / "a.mat", "damaged: not read after 1 s; expected a whole file")


def external_storage(path, name):
    secret = path.with_name("secret.bin")
    secret.write_bytes(X.tobytes())
    with h5py.File(path, "a") as file:
        file.create_dataset(name, X.shape, "f8", external=[(str(secret), 0, h5py.h5f.UNLIMITED)])


def virtual(path, name):
    with h5py.File(path.with_name("other.h5"), "w") as file:
        file["data"] = X
    layout = h5py.VirtualLayout(X.shape, "f8")
    layout[:] = h5py.VirtualSource(str(path.with_name("other.h5")), "data", X.shape)
    with h5py.File(path, "a") as file:
        file.create_virtual_dataset(name, layout)


def external_link(path, name):
    with h5py.File(path.with_name("other.h5"), "w") as file:
        file["data"] = X
    with h5py.File(path, "a") as file:
        file[name] = h5py.ExternalLink(str(path.with_name("other.h5")), "data")


ELSEWHERE = [external_storage, virtual, external_link]


@pytest.mark.parametrize("write", ELSEWHERE)
@pytest.mark.parametrize(("name", "suffix"), [("X", ".h5ad"), ("X", ".h5"), ("Y", ".mat")])
def test_numbers_in_other_files_are_not_read(tmp_path, raw_file, write, name, suffix):
    path = tmp_path / f"a{suffix}"
    if suffix == ".mat":
        h5py.File(path, "w", userblock_size=512).close()
    write(path, name)
    if suffix == ".mat":
        with path.open("r+b") as file:
            file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    refused(path, "(in|to) (an)?other file")
    if suffix == ".mat":
        with pytest.raises(InputError, match=r"(in|to) (an)?other file"):
            parse_satellite([raw_file("Urban_R162.mat", path.read_bytes())], None, None)


@pytest.mark.parametrize("write", ELSEWHERE)
def test_a_part_of_a_sparse_group_in_another_file_is_not_read(tmp_path, write):
    save_anndata(tmp_path / "a.h5ad")
    with h5py.File(tmp_path / "a.h5ad", "a") as file:
        del file["X/data"]
    write(tmp_path / "a.h5ad", "X/data")
    refused(tmp_path / "a.h5ad", "(in|to) (an)?other file")


def test_what_expands_to_more_than_it_may_is_refused_before_it_does(tmp_path):
    zeros = np.zeros((2000, 1000))
    np.savez_compressed(tmp_path / "a.npz", zeros)
    scipy.io.savemat(tmp_path / "a.mat", {"Y": zeros}, do_compression=True)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("Y", (10**7, 10**6), "f8", chunks=(1000, 1000), compression="gzip")
    (tmp_path / "a.mtx").write_text("%%MatrixMarket matrix array real general\n10000000 1000000\n1.0\n")
    for name in ("a.npz", "a.mat", "a.h5", "a.mtx"):
        assert (tmp_path / name).stat().st_size < 10**5
        refused(tmp_path / name, r"expands to [\d,]+ bytes or more; expected at most 10,000,000", limit=10**7)


def test_a_sparse_matrix_too_large_to_be_filled_says_how_it_can_be_read(tmp_path):
    ends = scipy.sparse.coo_array(([1.0, 2.0], ([0, 9_999_999], [0, 9_999_999])), shape=(10**7, 10**7))
    scipy.io.mmwrite(tmp_path / "a.mtx", ends)
    refused(tmp_path / "a.mtx", r"10,000,000 x 10,000,000 numbers take .*; expected at most .*missing=unobserved keeps")
    assert len(read_own(tmp_path / "a.mtx", None, Options(missing="unobserved"), 10**8).values) == 2


def test_imaginary_parts_are_no_numbers_of_a_matrix(tmp_path):
    np.save(tmp_path / "a.npy", X + 1j)
    refused(tmp_path / "a.npy", "complex128")
    scipy.io.mmwrite(tmp_path / "a.mtx", X + 1j)
    refused(tmp_path / "a.mtx", "complex128")
    scipy.io.mmwrite(tmp_path / "b.mtx", SPARSE.astype(complex))
    for missing in ("zero", "unobserved"):
        refused(tmp_path / "b.mtx", "complex128", missing=missing)


def test_a_symmetric_matrix_of_unequal_sides_is_refused(tmp_path):
    (tmp_path / "a.mtx").write_text("%%MatrixMarket matrix coordinate real symmetric\n3 2 2\n1 1 2.0\n3 2 1.0\n")
    refused(tmp_path / "a.mtx", "found a symmetric matrix of 3 x 2; expected a square one")


@pytest.mark.parametrize("missing", ["zero", "unobserved"])
def test_entries_given_twice_are_refused(tmp_path, missing):
    (tmp_path / "a.mtx").write_text("%%MatrixMarket matrix coordinate real general\n3 3 3\n1 1 2.0\n2 2 1.0\n1 1 5.0\n")
    with pytest.raises(InputError, match=r"more than once|twice"):
        own_matrix("a", tmp_path / "a.mtx", None, Options(missing=missing), 1, 0, 10**8)


def test_two_arrays_of_one_name_are_refused(tmp_path):
    units = [fits.PrimaryHDU(), fits.ImageHDU(X, name="SPEC"), fits.ImageHDU(2 * X, name="SPEC")]
    fits.HDUList(units).writeto(tmp_path / "a.fits")
    refused(tmp_path / "a.fits", "several arrays called SPEC")


def test_a_compressed_image_is_not_expanded_beyond_the_limit(tmp_path):
    units = [fits.PrimaryHDU(), fits.CompImageHDU(np.zeros((1000, 1000), np.int32), name="SPEC")]
    fits.HDUList(units).writeto(tmp_path / "a.fits")
    assert (tmp_path / "a.fits").stat().st_size < 100_000
    with pytest.raises(InputError, match="4,000,000"):
        read_own(tmp_path / "a.fits", None, Options(), 10**6)


def test_a_quote_that_never_ends_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text('1,"8,4\n' + "2,8,3\n" * 30_000)
    refused(tmp_path / "a.csv", "cannot be read as ratings", layout="ratings")


def test_a_wrong_checksum_and_missing_numbers_of_a_fits_file_are_refused(tmp_path):
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(X, name="SPEC")]).writeto(tmp_path / "a.fits", checksum=True)
    np.testing.assert_array_equal(read_own(tmp_path / "a.fits", None, Options(), 10**8), X)
    content = bytearray((tmp_path / "a.fits").read_bytes())
    content[content.index(X.astype(">f8").tobytes()) + 7] ^= 1
    (tmp_path / "a.fits").write_bytes(content)
    refused(tmp_path / "a.fits", "another checksum than DATASUM")
    counts = np.arange(24).reshape(8, 3)
    column = fits.Column(name="COUNTS", format="3J", array=counts, null=7)
    fits.BinTableHDU.from_columns([column]).writeto(tmp_path / "b.fits")
    refused(tmp_path / "b.fits", "COUNTS has missing values")


def test_an_archive_in_which_a_member_expands_without_end_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "1,2\n" * 10**6)
    refused(tmp_path / "a.zip", r"expands to [\d,]+ bytes or more; expected at most 1,000,000", limit=10**6)
