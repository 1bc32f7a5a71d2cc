"""The labelled images that networks are trained and tested on, as one HDF5 file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from starnmf.errors import reading
from starnmf.results.hdf5 import new_hdf5

Bytes = npt.NDArray[np.uint8]

CLASSES = 10

ARRAYS = ("training_images", "training_labels", "test_images", "test_labels")


@dataclass(frozen=True)
class Images:
    """Images (count, 3, height, width) of 0 to 255, red, green and blue, with their labels (count,)."""

    training_images: Bytes
    training_labels: Bytes
    test_images: Bytes
    test_labels: Bytes
    source: str
    """`published`, `mirror` or `stand-in`."""
    raw_sha256: Mapping[str, str]
    """Checksums of the files they were read from."""


def save_images(images: Images, path: Path) -> None:
    """Write images as self-describing HDF5."""
    with new_hdf5(path) as file:
        for name in ARRAYS:
            file[name] = getattr(images, name)
        file.attrs.update(source=images.source, raw_sha256=json.dumps(dict(images.raw_sha256)))


def load_images(path: Path) -> Images:
    """Read images written by `save_images`. Raises `InputError` on any other file."""
    expected = f"HDF5 with {', '.join(ARRAYS)}. Run the datasets stage again"
    with reading(str(path), "images", expected), h5py.File(path, "r") as file:
        arrays = {name: file[name][:] for name in ARRAYS}
        return Images(**arrays, source=str(file.attrs["source"]), raw_sha256=json.loads(file.attrs["raw_sha256"]))
