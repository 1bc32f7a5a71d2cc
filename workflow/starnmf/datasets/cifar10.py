"""CIFAR-10: colour images in binary records of one byte for the class and 3 x 32 x 32 bytes for red, green and blue.

The published files are five batches for training and one for testing. A part of them, `cifar10_*.bin`, is taken as it
is: its last quarter is held out for testing.
"""

from pathlib import Path

import numpy as np

from starnmf.arrays import Array
from starnmf.datasets import EXPANDED_LIMIT
from starnmf.datasets.raw import RawFile, open_raw, raw_checksums
from starnmf.errors import InputError
from starnmf.images import CLASSES, Bytes, Images
from starnmf.results.atomic import write_atomically
from starnmf.seeds import generator

SIDE = 32
RECORD = 1 + 3 * SIDE * SIDE
"""Bytes of one image with its class."""

TEST_BATCH = "test_batch.bin"
TRAINING_BATCHES = 5
HELD_OUT = 1 / 4
"""Share of the images that is held out, the last ones, where no test batch is given."""


def read_images(folder: Path, source: str, expanded_limit: int = EXPANDED_LIMIT) -> Images:
    """Training and test images from the published files in `folder`, or from a part of them.

    Raises `InputError` on files that are absent or damaged, that end within a record, hold a class above 9, or leave
    no image to train or to test on.
    """
    with open_raw("cifar10", folder, expanded_limit) as files:
        batches = {file.name: _records(file) for file in files}
        where = ", ".join(file.where for file in files)
    if TEST_BATCH in batches:
        test = batches.pop(TEST_BATCH)
        training = np.concatenate([batches[name] for name in sorted(batches)])
    else:
        records = np.concatenate(list(batches.values()))
        held_out = round(HELD_OUT * len(records))
        training, test = np.split(records, [len(records) - held_out])
    for name, records in (("training", training), ("test", test)):
        if not len(records):
            raise InputError(f"{where}: no {name} images; expected at least one record of {RECORD} bytes")
    return Images(
        *_images_and_labels(training),
        *_images_and_labels(test),
        source=source,
        raw_sha256=raw_checksums("cifar10", folder),
    )


def _records(file: RawFile) -> Bytes:
    content = file.read()
    if len(content) % RECORD:
        raise InputError(
            f"{file.where}: {len(content)} bytes; expected a multiple of {RECORD}, one byte for the class and "
            f"{RECORD - 1} for the image. The file is cut off or no CIFAR-10 in its binary version: get it again"
        )
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, RECORD)
    wrong = np.flatnonzero(records[:, 0] >= CLASSES)
    if wrong.size:
        raise InputError(
            f"{file.where}, record {wrong[0]}: class {records[wrong[0], 0]}; expected 0 to {CLASSES - 1}. The file is "
            "damaged or no CIFAR-10 in its binary version: get it again"
        )
    return records


def _images_and_labels(records: Bytes) -> tuple[Bytes, Bytes]:
    return records[:, 1:].reshape(-1, 3, SIDE, SIDE), records[:, 0]


def write_stand_in(folder: Path, training: int, test: int, seed: int) -> None:
    """Write images with learnable classes as the published files: five training batches and a test batch.

    An image is its class's colour and smooth pattern, shifted by up to four pixels, in a brightness and contrast of its
    own, with noise. The files are a function of the arguments alone. Raises `InputError` for fewer training images than
    batches.
    """
    if training < TRAINING_BATCHES or test < 1:
        raise InputError(
            f"cifar10: a stand-in of {training} training and {test} test images; expected at least {TRAINING_BATCHES} "
            "and 1"
        )
    random = generator(seed, "cifar10", "stand-in", training, test)
    patterns = _smooth_patterns(random)
    folder.mkdir(parents=True, exist_ok=True)
    batches = np.array_split(_planted_records(training, patterns, random), TRAINING_BATCHES)
    names = [*(f"data_batch_{number}.bin" for number in range(1, TRAINING_BATCHES + 1)), TEST_BATCH]
    for name, records in zip(names, [*batches, _planted_records(test, patterns, random)], strict=True):
        write_atomically(folder / name, records.tobytes())


def _smooth_patterns(random: np.random.Generator) -> Array:
    """A colour and a periodic pattern for each class (classes, 3, side, side), of at most four waves a side."""
    waves = random.standard_normal((CLASSES, 3, SIDE, SIDE))
    spectrum = np.fft.rfft2(waves)
    spectrum[..., np.abs(np.fft.fftfreq(SIDE, 1 / SIDE)) > 4, :] = 0
    spectrum[..., np.fft.rfftfreq(SIDE, 1 / SIDE) > 4] = 0
    smooth = np.fft.irfft2(spectrum, (SIDE, SIDE))
    patterns: Array = smooth / smooth.std(axis=(2, 3), keepdims=True)
    return patterns + random.standard_normal((CLASSES, 3, 1, 1))


def _planted_records(count: int, patterns: Array, random: np.random.Generator) -> Bytes:
    labels = random.permutation(np.arange(count) % CLASSES)
    images = patterns[labels]
    for image, shift in zip(images, random.integers(-4, 5, (count, 2)), strict=True):
        image[:] = np.roll(image, shift, axis=(1, 2))
    contrast = random.uniform(20, 50, (count, 1, 1, 1))
    brightness = random.uniform(90, 160, (count, 1, 1, 1))
    noisy = brightness + contrast * (images + 0.8 * random.standard_normal(images.shape))
    pixels = np.clip(np.round(noisy), 0, 255).astype(np.uint8)
    return np.concatenate([labels[:, None].astype(np.uint8), pixels.reshape(count, -1)], axis=1)
