import io
import zipfile

import numpy as np
import pytest

from starnmf.datasets import orl
from starnmf.datasets.options import NoOptions
from starnmf.datasets.raw import open_raw
from starnmf.errors import InputError
from starnmf.seeds import generator


def npz(**arrays):
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def parse(file):
    return orl.parse([file], NoOptions(), generator(0))


def test_training_photos_stand_above_test_photos(raw_file):
    content = npz(testX=np.array([[7.0, 8, 9]]), trainX=np.array([[1.0, 2, 3], [4, 5, 6]]), trainY=np.zeros(2))
    assert parse(raw_file("ORL_faces.npz", content)).tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read"),
        (npz(trainX=np.ones((3, 4)), testX=np.ones((2, 4)))[:300], "cannot be read"),
        (b"trainX", "cannot be read"),
        (npz(trainX=np.ones((3, 4))), "cannot be read.*testX"),
        (npz(trainX=np.array([[{}]], dtype=object), testX=np.ones((1, 1))), "cannot be read.*allow_pickle"),
        (npz(trainX=np.ones((3, 4)), testX=np.ones((2, 5))), r"testX is float64 of shape \(2, 5\)"),
        (npz(trainX=np.ones(3), testX=np.ones(3)), "trainX is float64 of shape"),
        (npz(trainX=np.array([["a"]]), testX=np.ones((1, 1))), "trainX is <U1"),
        (npz(trainX=np.ones((0, 4)), testX=np.ones((2, 4))), "trainX is"),
        (npz(trainX=np.full((3, 4), np.nan), testX=np.ones((2, 4))), "not finite"),
        (npz(trainX=-np.ones((3, 4)), testX=np.ones((2, 4))), "negative"),
    ],
)
def test_other_files_are_refused(raw_file, content, message):
    with pytest.raises(InputError, match=message):
        parse(raw_file("ORL_faces.npz", content))


def test_real_faces(real_data):
    folder = real_data("ORL_faces.npz.zip")
    with open_raw("orl", folder) as (file,):
        X = parse(file)
    assert X.shape == (400, 10304)
    assert (X.min(), X.max()) == (0, 244)
    assert X.mean() == pytest.approx(118.12, abs=5e-3)
    with zipfile.ZipFile(folder / "ORL_faces.npz.zip") as outer:
        members = np.load(io.BytesIO(outer.read("ORL_faces.npz")))
    assert np.array_equal(X[239:241], [members["trainX"][-1], members["testX"][0]])
