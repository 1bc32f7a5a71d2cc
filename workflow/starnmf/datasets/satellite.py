"""The hyperspectral image Urban: a MATLAB file with one row of `Y` per spectral band and one column per pixel.

The paper's 162 x 94249 is the 162-band version, 307 x 307 pixels. Other copies hold the image as a cube `R`
(height, width, bands), or are MATLAB 7.3 (HDF5) files.
"""

import io
from collections.abc import Sequence
from math import isqrt
from pathlib import Path

import numpy as np
import scipy.io

from starnmf.arrays import Array
from starnmf.datasets.array_files import matlab_arrays
from starnmf.datasets.child_process import read_in_child
from starnmf.datasets.options import NoOptions as Options
from starnmf.datasets.planted import planted_matrix
from starnmf.datasets.raw import RawFile
from starnmf.errors import InputError, reading
from starnmf.results.atomic import write_atomically

_DATED_HEADER = 116
"""Bytes of free text at the start of a MATLAB 5 file; scipy writes the date there."""


def parse(files: Sequence[RawFile], options: Options, random: np.random.Generator) -> Array:
    """Intensities (bands, pixels), pixels column by column as MATLAB counts them.

    Raises `InputError` on other files, missing variables, and values that are negative or not finite.
    """
    (file,) = files
    with reading(file.where, "a MATLAB file"):
        variables = read_in_child(matlab_arrays, file.read(), file.where, file.expanded_limit, where=file.where)
    if "Y" in variables:
        image = variables["Y"]
    elif "R" in variables and variables["R"].ndim == 3:
        height, width, bands = variables["R"].shape
        image = variables["R"].transpose(2, 1, 0).reshape(bands, width * height)
    else:
        found = ", ".join(f"{name} {array.shape}" for name, array in variables.items()) or "no arrays of numbers"
        raise InputError(f"{file.where}: found {found}; expected Y (bands, pixels) or a cube R (height, width, bands)")
    if image.ndim != 2 or not image.size:
        raise InputError(f"{file.where}: Y has shape {image.shape}; expected (bands, pixels)")
    if "nRow" in variables and "nCol" in variables:
        height, width = (int(variables[name].flat[0]) for name in ("nRow", "nCol"))
        if height * width != image.shape[1]:
            raise InputError(f"{file.where}: Y has {image.shape[1]} pixels; expected nRow * nCol = {height * width}")
    image = image.astype(np.float64)
    if not (np.isfinite(image) & (image >= 0)).all():
        raise InputError(f"{file.where}: found intensities that are negative or not finite; expected non-negative ones")
    return image


def write_stand_in(folder: Path, shape: tuple[int, int], rank: int, random: np.random.Generator) -> None:
    """Write `Urban_R162.mat` with n bands of a square image of m pixels."""
    side = isqrt(shape[1])
    image = planted_matrix(shape, rank, random)
    levels = np.round(1000 * image / image.max()).astype(np.uint16)
    content = io.BytesIO()
    scipy.io.savemat(
        content, {"Y": levels, "nRow": side, "nCol": side, "maxValue": np.uint16(1000)}, do_compression=True
    )
    content.getbuffer()[:_DATED_HEADER] = b"MATLAB 5.0 MAT-file, stand-in".ljust(_DATED_HEADER)
    write_atomically(folder / "Urban_R162.mat", content.getvalue())
