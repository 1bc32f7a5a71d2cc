"""ORL faces: an npz archive with the photos as rows of `trainX` and `testX`, 112 x 92 grey levels each.

The paper's 400 x 10304 is the 240 training and the 160 test photos, one above the other: 20 people, 10 photos of each
and their mirror images.
"""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from starnmf.archives import check_zip_expanded, new_zip, zip_member
from starnmf.arrays import Array
from starnmf.datasets.options import NoOptions as Options
from starnmf.datasets.planted import planted_matrix
from starnmf.datasets.raw import RawFile
from starnmf.errors import InputError, reading


def parse(files: Sequence[RawFile], options: Options, random: np.random.Generator) -> Array:
    """Grey levels (photos, pixels). Raises `InputError` on missing, damaged, non-numeric or mismatched members."""
    (file,) = files
    content = file.read()
    with reading(file.where, "an npz file", "the arrays trainX and testX"):
        check_zip_expanded(content, file.expanded_limit, file.where)
        with np.load(io.BytesIO(content), allow_pickle=False) as members:
            train, test = (members[name] for name in ("trainX", "testX"))
    for name, photos in (("trainX", train), ("testX", test)):
        if photos.ndim != 2 or photos.dtype.kind not in "uif" or photos.shape[1] != train.shape[1] or not photos.size:
            raise InputError(
                f"{file.where}: {name} is {photos.dtype} of shape {photos.shape}; "
                "expected numbers, one photo a row, as many pixels in trainX as in testX"
            )
    faces = np.vstack([train, test]).astype(np.float64)
    if not (np.isfinite(faces) & (faces >= 0)).all():
        raise InputError(f"{file.where}: found grey levels that are negative or not finite; expected 0 to 255")
    return faces


def write_stand_in(folder: Path, shape: tuple[int, int], rank: int, random: np.random.Generator) -> None:
    """Write `ORL_faces.npz.zip`: three photos of five for training, the others for testing, grey levels 0 to 244."""
    faces = planted_matrix(shape, rank, random)
    faces = np.round(244 * np.minimum(faces / np.quantile(faces, 0.999), 1))
    train = round(0.6 * len(faces))
    person = (np.arange(len(faces)) // 20).astype(np.uint8)
    npz = io.BytesIO()
    np.savez_compressed(
        npz, testY=person[train:], testX=faces[train:], trainY=person[:train], trainX=faces[:train], allow_pickle=False
    )
    with new_zip(folder / "ORL_faces.npz.zip") as archive, zip_member(archive, "ORL_faces.npz") as member:
        member.write(npz.getvalue())
