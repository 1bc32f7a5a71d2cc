"""MATLAB files of either kind: version 5, and 7.3, which is HDF5."""

import io
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import scipy.io

from starnmf.errors import InputError


def matlab_variables(content: bytes, where: str) -> dict[str, npt.NDArray[Any]]:
    """Every array of numbers in a MATLAB file, by its name, axes in MATLAB's order.

    Raises `InputError` on content that is no whole MATLAB file.
    """
    is_hdf5 = b"\x89HDF" in content[:1024] and not content.startswith(b"MATLAB 5")
    return _hdf5_variables(content, where) if is_hdf5 else _matlab5_variables(content, where)


def _matlab5_variables(content: bytes, where: str) -> dict[str, npt.NDArray[Any]]:
    try:
        variables = scipy.io.loadmat(io.BytesIO(content))
    except Exception as error:  # scipy reports damage by whatever its reader trips over
        raise InputError(f"{where}: cannot be read as a MATLAB file ({error}); expected a whole one") from error
    return {name: value for name, value in variables.items() if getattr(value, "dtype", np.dtype("O")).kind in "uif"}


def _hdf5_variables(content: bytes, where: str) -> dict[str, npt.NDArray[Any]]:
    try:
        with h5py.File(io.BytesIO(content)) as variables:
            arrays = {name: value[()] for name, value in variables.items() if isinstance(value, h5py.Dataset)}
    except (OSError, KeyError, RuntimeError) as error:
        raise InputError(f"{where}: cannot be read as a MATLAB 7.3 file ({error}); expected a whole one") from error
    return {name: array.T for name, array in arrays.items() if array.dtype.kind in "uif"}
