"""CIFAR-10's binary records, whole and broken."""

import hashlib
import lzma
import tarfile

import numpy as np
import pytest

from starnmf.datasets.cifar10 import RECORD, read_images, write_stand_in
from starnmf.errors import InputError
from starnmf.images import load_images, save_images


def record(label, pixel):
    """Red, green and blue of `pixel`, `pixel` + 1 and `pixel` + 2, the top left pixel black."""
    image = b"".join(bytes([0] + [pixel + colour] * 1023) for colour in range(3))
    return bytes([label]) + image


def write_batches(folder):
    for batch in range(1, 6):
        (folder / f"data_batch_{batch}.bin").write_bytes(record(batch, 10 * batch) + record(0, 7))
    (folder / "test_batch.bin").write_bytes(record(9, 100))


def test_published_batches_are_training_images_in_their_order(tmp_path):
    write_batches(tmp_path)
    images = read_images(tmp_path, "published")
    assert images.training_labels.tolist() == [1, 0, 2, 0, 3, 0, 4, 0, 5, 0]
    assert images.test_labels.tolist() == [9]
    third = images.training_images[4]
    assert third.shape == (3, 32, 32)
    assert third[:, 0, 0].tolist() == [0, 0, 0]
    assert third[:, 0, 1].tolist() == third[:, 31, 31].tolist() == [30, 31, 32]


def test_the_published_archive_is_read_without_unpacking(tmp_path):
    (tmp_path / "loose").mkdir()
    write_batches(tmp_path / "loose")
    (tmp_path / "archive").mkdir()
    with tarfile.open(tmp_path / "archive/cifar-10-binary.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "loose", "cifar-10-batches-bin")
    loose, archived = (read_images(tmp_path / name, "mirror") for name in ("loose", "archive"))
    np.testing.assert_array_equal(loose.training_images, archived.training_images)
    np.testing.assert_array_equal(loose.test_labels, archived.test_labels)
    assert list((tmp_path / "archive").iterdir()) == [tmp_path / "archive/cifar-10-binary.tar.gz"]


@pytest.mark.parametrize("compress", [lambda content: content, lzma.compress])
def test_of_a_part_the_last_quarter_is_held_out(tmp_path, compress):
    content = b"".join(record(label, 20) for label in range(8))
    (tmp_path / f"cifar10_part.bin{'.xz' if compress is lzma.compress else ''}").write_bytes(compress(content))
    images = read_images(tmp_path, "mirror")
    assert images.training_labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert images.test_labels.tolist() == [6, 7]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (record(1, 2) * 4 + b"\0", rf"part\.bin: {4 * RECORD + 1} bytes; expected a multiple of 3073"),
        (record(1, 2) * 3 + record(10, 2), r"part\.bin, record 3: class 10; expected 0 to 9"),
        (b"", "no training images"),
        (record(1, 2), "no test images"),
    ],
)
def test_broken_records_are_refused(tmp_path, content, message):
    (tmp_path / "cifar10_part.bin").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_images(tmp_path, "mirror")


@pytest.mark.parametrize("damage", [lambda whole: whole[:-9], lambda whole: whole[:60] + b"?" + whole[61:]])
def test_damaged_compression_is_refused(tmp_path, damage):
    (tmp_path / "cifar10_part.bin.xz").write_bytes(damage(lzma.compress(record(1, 2) * 8)))
    with pytest.raises(InputError, match=r"part\.bin\.xz: damaged or truncated"):
        read_images(tmp_path, "mirror")


def test_an_absent_batch_is_named(tmp_path):
    write_batches(tmp_path)
    (tmp_path / "test_batch.bin").unlink()
    with pytest.raises(InputError, match=r"cifar10: no raw files.*test_batch\.bin.*cifar-10-binary\.tar\.gz"):
        read_images(tmp_path, "mirror")


def test_images_come_back_from_their_file(tmp_path):
    write_batches(tmp_path)
    images = read_images(tmp_path, "mirror")
    save_images(images, tmp_path / "images.h5")
    again = load_images(tmp_path / "images.h5")
    for name in ("training_images", "training_labels", "test_images", "test_labels"):
        np.testing.assert_array_equal(getattr(again, name), getattr(images, name))
    assert again.source == "mirror"
    assert again.raw_sha256["test_batch.bin"] == hashlib.sha256(record(9, 100)).hexdigest()
    (tmp_path / "text.h5").write_text("none")
    with pytest.raises(InputError, match="cannot be read as images"):
        load_images(tmp_path / "text.h5")


def test_a_stand_in_has_learnable_classes_and_is_the_same_again(tmp_path):
    for name in ("one", "two"):
        write_stand_in(tmp_path / name, 500, 200, seed=3)
    assert {path.name for path in (tmp_path / "one").iterdir()} == {
        *(f"data_batch_{number}.bin" for number in range(1, 6)),
        "test_batch.bin",
    }
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    images = read_images(tmp_path / "one", "stand-in")
    assert images.training_images.shape == (500, 3, 32, 32)
    assert np.bincount(images.training_labels).tolist() == [50] * 10
    # The nearest mean colour of a class tells far more images than one in ten.
    colour = images.training_images.mean(axis=(2, 3))
    means = np.array([colour[images.training_labels == label].mean(axis=0) for label in range(10)])
    nearest = ((images.test_images.mean(axis=(2, 3))[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == images.test_labels).mean() > 0.25


def test_a_stand_in_of_too_few_images_is_refused(tmp_path):
    with pytest.raises(InputError, match="4 training and 1 test images; expected at least 5 and 1"):
        write_stand_in(tmp_path / "few", 4, 1, seed=0)
    assert not (tmp_path / "few").exists()


def test_the_real_images_at_hand(real_data):
    images = read_images(real_data("cifar10_first4000.bin.xz"), "mirror")
    assert images.training_images.shape == (3000, 3, 32, 32)
    assert images.test_images.shape == (1000, 3, 32, 32)
    # Colours of the whole training set, as everybody normalises by them.
    np.testing.assert_allclose(images.training_images.mean(axis=(0, 2, 3)), [125.3, 123.0, 113.9], atol=1.5)
    assert np.bincount(images.training_labels).min() > 250
