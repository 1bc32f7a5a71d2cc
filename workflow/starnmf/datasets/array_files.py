"""Arrays of numbers in MATLAB and FITS files, by their names."""

import io
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import scipy.io
from astropy.io import fits

from starnmf.errors import reading

Array = npt.NDArray[Any]


def matlab_arrays(content: bytes, where: str) -> dict[str, Array]:
    """Every array of numbers in a MATLAB file (version 5, or 7.3, which is HDF5), axes in MATLAB's order.

    Raises `InputError` on content that is no whole MATLAB file.
    """
    if b"\x89HDF" in content[:1024] and not content.startswith(b"MATLAB 5"):
        with reading(where, "a MATLAB 7.3 file"), h5py.File(io.BytesIO(content)) as file:
            found = {name: value[()].T for name, value in file.items() if isinstance(value, h5py.Dataset)}
    else:
        with reading(where, "a MATLAB file"):
            found = scipy.io.loadmat(io.BytesIO(content))
    return {name: value for name, value in found.items() if getattr(value, "dtype", np.dtype("O")).kind in "uif"}


def fits_arrays(content: bytes, where: str) -> list[tuple[str, Array]]:
    """Name and array of every image and table column of numbers in a FITS file, in their order.

    An image without a name has its number. Sides of length 1 are dropped: a table of one row holds its arrays in
    cells. Raises `InputError` on content that is no whole FITS file.
    """
    named: list[tuple[str, Any]] = []
    with reading(where, "a FITS file"), fits.open(io.BytesIO(content)) as units:
        for number, unit in enumerate(units):
            if isinstance(unit, fits.BinTableHDU | fits.TableHDU):
                named += [(name, unit.data[name]) for name in unit.columns.names]
            elif unit.data is not None:
                named.append((unit.name or str(number), unit.data))
        return [(name, np.squeeze(array)) for name, array in named if array.dtype.kind in "uif"]
