import gzip
import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile

import pytest

from starnmf.datasets.raw import find_raw, open_raw, raw_checksums
from starnmf.errors import InputError


def contents(dataset, folder):
    with open_raw(dataset, folder) as files:
        return {file.name: file.read() for file in files}


def write_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def tar_of(members, mode):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize("place", ["ratings.dat", "ml-1m/ratings.dat", "deep/down/here/ratings.dat"])
def test_loose_file_in_the_folder_or_below(tmp_path, place):
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"loose")
    assert find_raw("movielens", tmp_path) == [path]
    assert contents("movielens", tmp_path) == {"ratings.dat": b"loose"}


def test_file_inside_its_archive(tmp_path):
    (tmp_path / "mirror").mkdir()
    write_zip(tmp_path / "mirror" / "ml-1m.zip", {"ml-1m/README": b"no", "ml-1m/ratings.dat": b"inside"})
    assert find_raw("movielens", tmp_path) == [tmp_path / "mirror" / "ml-1m.zip"]
    assert contents("movielens", tmp_path) == {"ratings.dat": b"inside"}
    with open_raw("movielens", tmp_path) as (file,):
        assert file.where.endswith("ml-1m.zip: ml-1m/ratings.dat")


def test_loose_file_goes_before_the_archive_and_its_own_folder_before_others(tmp_path):
    write_zip(tmp_path / "ml-1m.zip", {"ml-1m/ratings.dat": b"inside"})
    for folder, content in (("aa", b"other"), ("nested/ml-1m", b"right")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "ratings.dat").write_bytes(content)
    assert contents("movielens", tmp_path) == {"ratings.dat": b"right"}


def test_temporary_files_are_not_taken_for_whole_ones(tmp_path):
    (tmp_path / ".ratings.4711.dat").write_bytes(b"half")
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs" / ".xc1.4711.flac").write_bytes(b"half")
    for dataset in ("movielens", "birdsong"):
        with pytest.raises(InputError, match="nothing of the kind"):
            find_raw(dataset, tmp_path)


def test_archive_within_an_archive(tmp_path):
    inner = tar_of({"training_set/mv_0000002.txt": b"2:\n", "training_set/mv_0000001.txt": b"1:\n"}, "w")
    outer = tar_of({"download/README": b"no", "download/training_set.tar": inner}, "w:gz")
    (tmp_path / "nf_prize_dataset.tar.gz").write_bytes(outer)
    assert contents("netflix", tmp_path) == {"mv_0000001.txt": b"1:\n", "mv_0000002.txt": b"2:\n"}


def test_every_file_of_a_pattern_is_found(tmp_path):
    (tmp_path / "training_set").mkdir()
    for movie in (1, 2, 3):
        (tmp_path / "training_set" / f"mv_{movie:07}.txt").write_bytes(b"%d:\n" % movie)
    assert len(find_raw("netflix", tmp_path)) == 3
    assert set(contents("netflix", tmp_path)) == {"mv_0000001.txt", "mv_0000002.txt", "mv_0000003.txt"}


@pytest.mark.parametrize("stored", ["compressed", "unpacked under either name"])
def test_compressed_text_is_read_as_text(tmp_path, stored):
    name = "GSE3431_series_matrix.txt.gz"
    if stored == "compressed":
        (tmp_path / name).write_bytes(gzip.compress(b"text"))
        assert contents("metabolic", tmp_path) == {"GSE3431_series_matrix.txt": b"text"}
    else:
        (tmp_path / name).write_bytes(b"text")
        assert contents("metabolic", tmp_path) == {"GSE3431_series_matrix.txt": b"text"}
        (tmp_path / name).rename(tmp_path / "GSE3431_series_matrix.txt")
        assert contents("metabolic", tmp_path) == {"GSE3431_series_matrix.txt": b"text"}


def test_absence_names_dataset_folder_files_and_where_to_get_them(tmp_path):
    with pytest.raises(InputError) as error:
        find_raw("netflix", tmp_path)
    for part in ("netflix", str(tmp_path), "combined_data_1.txt", "mv_*.txt", "nf_prize_dataset.tar.gz", "kaggle.com"):
        assert part in str(error.value)
    with pytest.raises(InputError, match="no such folder"):
        find_raw("orl", tmp_path / "nowhere")


def test_incomplete_set_of_files_says_what_was_found(tmp_path):
    (tmp_path / "combined_data_2.txt").write_bytes(b"1:\n")
    with pytest.raises(InputError, match=r"found combined_data_2\.txt;"):
        find_raw("netflix", tmp_path)


def test_archive_without_the_file_says_what_it_holds(tmp_path):
    write_zip(tmp_path / "ml-1m.zip", {"ml-1m/movies.dat": b""})
    with pytest.raises(InputError, match=r"found ml-1m/movies\.dat; expected ml-1m/ratings\.dat"):
        contents("movielens", tmp_path)


def test_damage_is_reported_wherever_it_shows(tmp_path):
    text = bytes(range(256)) * 400
    write_zip(tmp_path / "ml-1m.zip", {"ml-1m/ratings.dat": text})
    whole = (tmp_path / "ml-1m.zip").read_bytes()
    (tmp_path / "ml-1m.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="damaged or truncated"):
        contents("movielens", tmp_path)
    (tmp_path / "ml-1m.zip").write_bytes(whole[:60] + b"\x00\xff\x00\xff" + whole[64:])
    with pytest.raises(InputError, match=r"ml-1m/ratings\.dat: damaged or truncated"):
        contents("movielens", tmp_path)
    packed = gzip.compress(text)
    (tmp_path / "GSE3431_series_matrix.txt.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InputError, match="damaged or truncated"):
        contents("metabolic", tmp_path)
    outer = tar_of({"training_set/mv_0000001.txt": text}, "w:gz")
    (tmp_path / "nf_prize_dataset.tar.gz").write_bytes(outer[: len(outer) // 2])
    with pytest.raises(InputError, match="damaged or truncated"):
        contents("netflix", tmp_path)


def test_checksums_are_those_that_sha256sum_prints(tmp_path):
    (tmp_path / "birds" / "songs").mkdir(parents=True)
    (tmp_path / "birds" / "birdsong_metadata.csv").write_bytes(b"table")
    for number in (2, 10):
        (tmp_path / "birds" / "songs" / f"xc{number}.flac").write_bytes(b"song %d" % number)
    listing = subprocess.run(
        "sha256sum xc10.flac xc2.flac", shell=True, capture_output=True, check=True, cwd=tmp_path / "birds" / "songs"
    )
    assert raw_checksums("birdsong", tmp_path) == {
        "birds/birdsong_metadata.csv": hashlib.sha256(b"table").hexdigest(),
        "birds/songs/xc*.flac": hashlib.sha256(listing.stdout).hexdigest(),
    }


def test_looking_for_files_loads_nothing_heavy():
    code = (
        "import sys, starnmf.datasets.raw, starnmf.datasets.stand_in;"
        "print({'numpy', 'pandas', 'scipy', 'astropy', 'requests'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
