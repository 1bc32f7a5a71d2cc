"""Every parser on files with bytes flipped, cut, inserted, repeated and blanked: a matrix or one clear error."""

import gzip
import io
import random
import subprocess
import sys
import tarfile
import time
import zipfile
from contextlib import redirect_stderr, suppress
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from starnmf.datasets.cifar10 import read_images
from starnmf.datasets.cifar10 import write_stand_in as write_images
from starnmf.datasets.normalization import normalize
from starnmf.datasets.registry import NAMES
from starnmf.datasets.stand_in import stand_in_options, write_stand_in
from starnmf.errors import InputError
from starnmf.matrix import load_matrix
from tests.fuzz import SHAPES, mutated

MUTATIONS = 40

# What libraries say of damage on the way to refusing it.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", params=NAMES)
def stand_in(request, tmp_path_factory):
    """A dataset's stand-in as published, and unpacked beside it."""
    folder = tmp_path_factory.mktemp(request.param)
    write_stand_in(request.param, folder / "packed", SHAPES[request.param], 2, 0)
    for path in (folder / "packed").rglob("*"):
        target = folder / "loose" / path.relative_to(folder / "packed")
        if path.suffix == ".zip":
            zipfile.ZipFile(path).extractall(folder / "loose")
        elif path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes()
            if path.suffix == ".gz":
                target, content = target.with_suffix(""), gzip.decompress(content)
            target.write_bytes(content)
    return request.param, folder


def parse(name, folder):
    with redirect_stderr(io.StringIO()):
        return normalize(name, folder, "stand-in", 2, 0, stand_in_options(name, SHAPES[name]))


def damaged_folders(folder, address):
    """The folder with one file damaged at a time; as it was in the end."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for number in range(MUTATIONS):
        draws = random.Random(f"{address}/{number}")
        path = draws.choice(files)
        content = path.read_bytes()
        path.write_bytes(mutated(content, draws))
        yield path
        path.write_bytes(content)


@pytest.mark.extended
@pytest.mark.parametrize("packing", ["packed", "loose"])
def test_a_damaged_file_gives_a_matrix_or_one_clear_error(stand_in, packing):
    name, folder = stand_in
    refused = refusals(damaged_folders(folder / packing, f"{name}/{packing}"), lambda: parse(name, folder / packing))
    # What a flipped digit or pixel makes is a matrix like any other; what breaks a format is not.
    assert len(refused) > MUTATIONS / 8
    assert all(str(error).startswith((name, str(folder))) for error in refused)


@pytest.mark.extended
def test_damage_to_an_archive_never_changes_the_matrix(stand_in):
    """Archives carry checksums of what is in them: a damaged one gives the same matrix or none."""
    name, folder = stand_in
    (path, *others) = sorted(path for path in (folder / "packed").rglob("*") if path.is_file())
    if others or path.suffix not in (".zip", ".gz"):
        pytest.skip("published without an archive")
    whole = parse(name, folder / "packed")
    for _ in damaged_folders(folder / "packed", f"{name}/same"):
        with suppress(InputError):
            np.testing.assert_equal(content_of(parse(name, folder / "packed")), content_of(whole))


def content_of(matrix):
    """Everything but the checksums of its files."""
    return {field: value for field, value in vars(matrix).items() if field != "description"}


def refusals(folders, parse_again):
    """The errors that damaged folders were refused with; any other error fails the test."""
    found = []
    for _ in folders:
        try:
            parse_again()
        except InputError as error:
            found.append(error)
    return found


def test_damaged_images_are_images_or_one_clear_error(tmp_path):
    write_images(tmp_path, 50, 10, seed=0)
    refused = refusals(damaged_folders(tmp_path, "cifar10"), lambda: read_images(tmp_path, "stand-in"))
    assert len(refused) > MUTATIONS / 4


def test_a_truncated_file_is_never_a_matrix(stand_in):
    """Cut off at any place, packed files cannot be taken for whole."""
    name, folder = stand_in
    draws = random.Random(name)
    (path, *others) = sorted(path for path in (folder / "packed").rglob("*") if path.is_file())
    if others or path.suffix not in (".zip", ".gz"):
        pytest.skip("only archives know their length")
    content = path.read_bytes()
    for _ in range(20):
        path.write_bytes(content[: draws.randrange(len(content))])
        with pytest.raises(InputError):
            parse(name, folder / "packed")
    path.write_bytes(content)


@pytest.mark.extended
def test_a_parser_killed_at_random_moments_leaves_no_half_matrix(tmp_path):
    """Fifty times: under the final name is nothing, or the whole matrix."""
    write_stand_in("movielens", tmp_path / "raw", (400, 500), 2, 0)
    output, draws = tmp_path / "matrix.h5", random.Random(1)
    command = [
        *(str(Path(sys.executable).parent / "starnmf"), "datasets", "normalize", "movielens"),
        *(str(tmp_path / "raw"), str(output), str(tmp_path / "matrix.csv"), "--source", "stand-in", "--rank", "2"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    whole = load_matrix(output)
    killed = 0
    for _ in range(50):
        output.unlink(missing_ok=True)
        job = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(draws.uniform(0.1, 0.8))
        killed += job.poll() is None
        job.kill()
        job.wait()
        if output.exists():
            np.testing.assert_array_equal(load_matrix(output).values, whole.values)
    assert killed > 10


def test_a_file_that_expands_beyond_the_limit_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "ml-1m.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ml-1m/ratings.dat", b"1::1::5::978300760\n" * 300_000)
    assert (tmp_path / "ml-1m.zip").stat().st_size < 100_000
    with pytest.raises(
        InputError,
        match=r"ml-1m\.zip: expands to [\d,]+ bytes or more; .*Raise expanded_limit",
    ):
        normalize("movielens", tmp_path, "mirror", 2, 0, {}, expanded_limit=1_000_000)


@pytest.mark.parametrize("name", ["orl", "satellite"])
def test_compressed_arrays_may_not_expand_beyond_the_limit(tmp_path, name):
    """The files themselves are far smaller than what is in them."""
    empty = np.zeros((100, 5000))
    if name == "orl":
        np.savez_compressed(tmp_path / "ORL_faces.npz", trainX=empty, testX=empty)
    else:
        scipy.io.savemat(tmp_path / "Urban_R162.mat", {"Y": empty}, do_compression=True)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 50_000
    with pytest.raises(InputError, match=r"expands to [48],000,\d+ bytes or more; expected at most 1,000,000"):
        normalize(name, tmp_path, "mirror", 2, 0, {}, expanded_limit=1_000_000)


@pytest.mark.parametrize("packed", ["member.zip", "member.tar.gz"])
def test_an_archive_within_an_archive_may_not_expand_beyond_the_limit_either(tmp_path, packed):
    """The bomb lies beside the file that is asked for, one archive deeper."""
    inner = io.BytesIO()
    if packed.endswith(".zip"):
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb", bytes(2_000_000))
            archive.writestr("ml-1m/ratings.dat", b"1::1::5::0\n2::2::3::0\n")
    else:
        with tarfile.open(fileobj=inner, mode="w:gz") as tar:
            for name, content in (("bomb", bytes(2_000_000)), ("ml-1m/ratings.dat", b"1::1::5::0\n2::2::3::0\n")):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    with zipfile.ZipFile(tmp_path / "ml-1m.zip", "w") as archive:
        archive.writestr(packed, inner.getvalue())
    assert normalize("movielens", tmp_path, "stand-in", 1, 0, {}, expanded_limit=3_000_000).shape == (3, 3)
    with pytest.raises(InputError, match=rf"{packed}: expands to [\d,]+ bytes or more; expected at most 1,000,000"):
        normalize("movielens", tmp_path, "stand-in", 1, 0, {}, expanded_limit=1_000_000)


@pytest.mark.parametrize("name", ["movielens", "movielens-100k", "goodbooks", "netflix"])
def test_ratings_that_end_early_at_the_end_of_a_line_are_not_taken_for_the_published_ones(name, tmp_path):
    write_stand_in(name, tmp_path, SHAPES[name], 2, 0)
    with pytest.raises(InputError, match=rf"^{name}: found [\d,]+ ratings in .*; expected [\d,]+. The files are trunc"):
        normalize(name, tmp_path, "mirror", 2, 0, stand_in_options(name, SHAPES[name]))


def test_names_that_lead_out_of_an_archive_write_nothing(tmp_path):
    write_stand_in("movielens", tmp_path / "raw", (40, 50), 2, 0)
    good = tmp_path / "raw/ml-1m.zip"
    with zipfile.ZipFile(good) as archive:
        (inside,) = [name for name in archive.namelist() if name.endswith("ratings.dat")]
        ratings = archive.read(inside)
    with zipfile.ZipFile(good, "w") as archive:
        archive.writestr("../../outside", b"escaped")
        archive.writestr(inside, ratings)
    before = set(tmp_path.parent.rglob("*"))
    assert np.isfinite(normalize("movielens", tmp_path / "raw", "stand-in", 2, 0, {}).values).all()
    assert set(tmp_path.parent.rglob("*")) == before
