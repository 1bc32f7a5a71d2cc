import io

import h5py
import numpy as np
import pytest
import scipy.io

from starnmf.datasets import satellite
from starnmf.datasets.options import NoOptions
from starnmf.errors import InputError
from starnmf.seeds import generator

Y = np.arange(1, 25, dtype=np.uint16).reshape(4, 6)  # 4 bands of 2 x 3 pixels, column by column


def mat(**variables):
    stream = io.BytesIO()
    scipy.io.savemat(stream, variables)
    return stream.getvalue()


def mat73(**variables):
    """A MATLAB 7.3 file: a 512-byte block of text before HDF5, arrays with their axes reversed."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", userblock_size=512) as file:
        for name, value in variables.items():
            file[name] = np.asarray(value).T
    content = bytearray(stream.getvalue())
    content[:19] = b"MATLAB 7.3 MAT-file"
    return bytes(content)


def cube():
    """Y as MATLAB's reshape(Y', 2, 3, 4): pixel (row, column) of band b is Y[b, column * 2 + row]."""
    R = np.empty((2, 3, 4), dtype=np.uint16)
    for row in range(2):
        for column in range(3):
            R[row, column] = Y[:, column * 2 + row]
    return R


def parse(file):
    return satellite.parse([file], NoOptions(), generator(0))


@pytest.mark.parametrize(
    "content",
    [
        mat(Y=Y, nRow=2, nCol=3, maxValue=24),
        mat(Y=Y),
        mat(R=cube()),
        mat73(Y=Y, nRow=np.array([[2.0]]), nCol=np.array([[3.0]])),
        mat73(R=cube()),
    ],
    ids=["published", "bare", "cube", "7.3", "7.3 cube"],
)
def test_every_copy_gives_the_same_bands_by_pixels(raw_file, content):
    assert np.array_equal(parse(raw_file("Urban_R162.mat", content)), Y)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as a MATLAB file"),
        (b"bands\n" * 100, "cannot be read as a MATLAB file"),
        (mat(Y=Y)[:150], "cannot be read as a MATLAB file"),
        (mat73(Y=Y)[:1500], r"cannot be read as a MATLAB file"),
        (mat(Z=Y), r"found Z \(4, 6\); expected Y"),
        (mat(names=np.array(["a"], dtype=object)), "found no arrays of numbers; expected Y"),
        (mat(Y=Y[:, :5], nRow=2, nCol=3), r"Y has 5 pixels; expected nRow \* nCol = 6"),
        (mat(Y=-Y.astype(float)), "negative"),
        (mat(Y=np.full((2, 2), np.nan)), "not finite"),
        (mat(Y=np.ones((2, 3, 4))), r"Y has shape \(2, 3, 4\)"),
    ],
)
def test_other_files_are_refused(raw_file, content, message):
    with pytest.raises(InputError, match=message):
        parse(raw_file("Urban_R162.mat", content))


def test_real_image_in_the_same_format(real_data, raw_file):
    path = real_data("jasperRidge2_R198.mat") / "jasperRidge2_R198.mat"
    X = parse(raw_file("Urban_R162.mat", path.read_bytes()))
    assert X.shape == (198, 10_000)
    assert np.array_equal(X, scipy.io.loadmat(path)["Y"])
