"""Spectra of extragalactic sources: a FITS file with an array of fluxes and one of inverse variances.

The layout of the file is not documented, so header-data units and table columns are searched by name. The paper's
2760 x 2820 is wavelengths by sources and fully observed: a flux measured negative is noise around 0 and is clipped to
0 (option `negative`), and one that is masked (inverse variance 0) and not even finite counts as 0.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from astropy.io import fits

from starnmf.arrays import Array
from starnmf.datasets.array_files import fits_arrays
from starnmf.datasets.planted import planted_matrix
from starnmf.datasets.raw import RawFile
from starnmf.datasets.registry import published
from starnmf.errors import InputError
from starnmf.results.atomic import atomic_write

_FLUX, _INVERSE_VARIANCE = ("spec", "flux"), ("ivar",)
_WAVELENGTH = ("wave", "wavelength", "lambda", "loglam")


@dataclass(frozen=True)
class Options:
    """How the fluxes are read."""

    negative: Literal["clip", "keep"] = "clip"
    """Negative fluxes: set to 0, or kept, which only a matrix without any can pass."""


def parse(files: Sequence[RawFile], options: Options, random: np.random.Generator) -> Array:
    """Fluxes (wavelengths, sources).

    The axis of wavelengths is the one as long as the wavelength array, else the one of the paper's shape, else the
    first. Raises `InputError` on missing arrays and on values that are not finite where nothing masks them.
    """
    (file,) = files
    arrays: dict[str, Array] = {}
    for name, array in fits_arrays(file.read(), file.where, file.expanded_limit):
        if name.lower() in (*_FLUX, *_INVERSE_VARIANCE, *_WAVELENGTH) and name.lower() in arrays:
            raise InputError(f"{file.where}: found several arrays called {name}; expected one")
        arrays[name.lower()] = array.astype(np.float64)
    flux = _named(arrays, _FLUX)
    if flux is None or flux.ndim != 2:
        found = ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) or "no arrays of numbers"
        raise InputError(f"{file.where}: found {found}; expected a two-dimensional array named spec or flux")
    inverse_variance = _named(arrays, _INVERSE_VARIANCE)
    if inverse_variance is not None and inverse_variance.shape != flux.shape:
        raise InputError(
            f"{file.where}: ivar has shape {inverse_variance.shape}; expected {flux.shape}, that of the fluxes"
        )
    masked = np.zeros(flux.shape, dtype=bool) if inverse_variance is None else inverse_variance == 0
    broken = ~np.isfinite(flux)
    if (broken & ~masked).any():
        at = tuple(int(index) for index in np.argwhere(broken & ~masked)[0])
        raise InputError(
            f"{file.where}: {int((broken & ~masked).sum())} fluxes are not finite and not masked, the first at {at}; "
            "expected finite fluxes wherever ivar is not 0"
        )
    if broken.any():
        print(f"{file.where}: {int(broken.sum())} masked fluxes that are not finite count as 0", file=sys.stderr)
    flux = np.where(broken, 0.0, flux)
    if options.negative == "clip":
        flux = np.maximum(flux, 0.0)
    wavelength = _named(arrays, _WAVELENGTH)
    return np.ascontiguousarray(flux.T) if _sources_first(flux.shape, wavelength) else flux


def _named(arrays: dict[str, Array], names: Sequence[str]) -> Array | None:
    return next((arrays[name] for name in names if name in arrays), None)


def _sources_first(shape: tuple[int, ...], wavelength: Array | None) -> bool:
    if wavelength is not None and wavelength.ndim == 1 and shape[0] != shape[1] and len(wavelength) in shape:
        return len(wavelength) == shape[1]
    return shape == published("extragalactic").shape[::-1]


def write_stand_in(folder: Path, shape: tuple[int, int], rank: int, random: np.random.Generator) -> None:
    """Write the published file with n wavelengths and m sources.

    Fluxes carry Gaussian noise, so that faint ones come out negative; 1 % are masked, some of them not finite.
    """
    signal = planted_matrix(shape, rank, random)
    noise = 0.05 * random.gamma(4.0, 0.25, size=shape[1]) * signal.mean()
    flux = signal + noise * random.standard_normal(shape)
    inverse_variance = np.broadcast_to(noise**-2, shape).copy()
    masked = random.random(shape) < 0.01
    flux[masked], inverse_variance[masked] = 0.0, 0.0
    flux[masked & (random.random(shape) < 0.1)] = np.nan
    units = fits.HDUList(
        [
            fits.PrimaryHDU(),
            fits.ImageHDU(flux.astype(np.float32), name="SPEC"),
            fits.ImageHDU(inverse_variance.astype(np.float32), name="IVAR"),
            fits.ImageHDU(np.geomspace(1150, 9000, shape[0]), name="WAVE"),
        ]
    )
    with atomic_write(folder / "Extragalatic_Archetype_testsample_spec.fits") as temporary:
        units.writeto(temporary)
