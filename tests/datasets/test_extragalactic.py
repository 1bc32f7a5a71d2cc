import io

import numpy as np
import pytest
from astropy.io import fits

from starnmf.datasets import extragalactic
from starnmf.errors import InputError
from starnmf.seeds import generator

FLUX = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, 6.5]])  # 2 wavelengths of 3 sources
CLIPPED = [[1, 0, 3], [4, 5, 6.5]]
WAVE = np.array([4000.0, 4100.0])


def written(units):
    stream = io.BytesIO()
    fits.HDUList(list(units)).writeto(stream)
    return stream.getvalue()


def images(**arrays):
    return written([fits.PrimaryHDU(), *(fits.ImageHDU(array, name=name) for name, array in arrays.items())])


def table(**columns):
    return written(
        [
            fits.PrimaryHDU(),
            fits.BinTableHDU.from_columns(
                [
                    fits.Column(
                        name,
                        f"{array[0].size}D",
                        dim=f"{array[0].shape[::-1]}" if array[0].ndim > 1 else None,
                        array=array,
                    )
                    for name, array in columns.items()
                ]
            ),
        ]
    )


def parse(file, options=None):
    return extragalactic.parse([file], options or extragalactic.Options(), generator(0))


@pytest.mark.parametrize(
    "content",
    [
        images(SPEC=FLUX),
        images(FLUX=FLUX.astype(np.float32), IVAR=np.ones((2, 3))),
        images(ivar=np.ones((2, 3)), spec=FLUX, wave=WAVE),
        images(SPEC=FLUX.T, LOGLAM=WAVE),
        table(Spec=FLUX, ivar=np.ones((2, 3))),
        table(spec=FLUX[None], ivar=np.ones((1, 2, 3))),
        table(flux=FLUX.T[None], wavelength=WAVE[None]),
    ],
    ids=["image", "flux", "with wave", "sources first", "table", "one cell", "one cell, sources first"],
)
def test_fluxes_are_found_by_name_and_turned_to_wavelengths_by_sources(raw_file, content):
    assert parse(raw_file("a.fits", content)).tolist() == CLIPPED


def test_the_papers_shape_tells_the_orientation(raw_file):
    flux = np.zeros((2820, 2760), dtype=np.float32)
    flux[2, 1] = 5
    X = parse(raw_file("a.fits", images(SPEC=flux)))
    assert X.shape == (2760, 2820)
    assert np.argwhere(X).tolist() == [[1, 2]]
    assert parse(raw_file("b.fits", images(SPEC=flux.T)))[1, 2] == 5


def test_negative_fluxes_can_be_kept(raw_file):
    X = parse(raw_file("a.fits", images(SPEC=FLUX)), extragalactic.Options(negative="keep"))
    assert np.array_equal(X, FLUX)


def test_masked_flux_that_is_not_finite_counts_as_zero(raw_file, capsys):
    flux, inverse_variance = FLUX.copy(), np.ones((2, 3))
    flux[1, 0], inverse_variance[1, 0] = np.nan, 0
    inverse_variance[0, 2] = 0
    assert parse(raw_file("a.fits", images(SPEC=flux, IVAR=inverse_variance))).tolist() == [[1, 0, 3], [0, 5, 6.5]]
    assert "1 masked fluxes" in capsys.readouterr().err


NOT_FINITE = FLUX.copy()
NOT_FINITE[1, 2] = np.inf


@pytest.mark.filterwarnings("ignore:File may have been truncated")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as a FITS file"),
        (b"SIMPLE", "cannot be read as a FITS file"),
        (images(SPEC=np.ones((400, 400)))[:-100_000], "cannot be read as a FITS file"),
        (images(SPECTRA=FLUX), r"found spectra \(2, 3\); expected a two-dimensional array named spec or flux"),
        (images(SPEC=FLUX[0]), r"found spec \(3,\)"),
        (images(SPEC=FLUX, IVAR=np.ones((3, 2))), r"ivar has shape \(3, 2\); expected \(2, 3\)"),
        (images(SPEC=NOT_FINITE), r"1 fluxes are not finite and not masked, the first at \(1, 2\)"),
        (images(SPEC=NOT_FINITE, IVAR=np.ones((2, 3))), "not finite and not masked"),
    ],
)
def test_other_files_are_refused(raw_file, content, message):
    with pytest.raises(InputError, match=message):
        parse(raw_file("a.fits", content))
