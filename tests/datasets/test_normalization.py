import io
import zipfile

import numpy as np
import pytest

from starnmf.datasets.normalization import normalize
from starnmf.errors import InputError
from starnmf.matrix import Dense, Observed, matrix_from

RATINGS = b"1::1::5::9\n1::2::3::9\n2::2::1::9\n3::1::2::9\n"


def write_faces(folder, faces):
    npz = io.BytesIO()
    np.savez(npz, trainX=faces[:2], testX=faces[2:])
    with zipfile.ZipFile(folder / "ORL_faces.npz.zip", "w") as archive:
        archive.writestr("ORL_faces.npz", npz.getvalue())


def test_dense_matrix_is_divided_by_its_standard_deviation(tmp_path):
    faces = np.array([[0.0, 10, 20], [30, 40, 50], [60, 70, 244]])
    write_faces(tmp_path, faces)
    matrix = normalize("orl", tmp_path, "mirror", 2, 7, {})
    assert isinstance(matrix, Dense)
    np.testing.assert_allclose(matrix.X, faces / faces.std(), rtol=1e-6)
    description = matrix.description
    assert (description.dataset, description.rank, description.source, description.seed) == ("orl", 2, "mirror", 7)
    assert description.scale == pytest.approx(faces.std())
    assert description.reduction == description.step_factor == pytest.approx(10304 / 3)


def test_ratings_have_variance_one_over_the_observed_entries(tmp_path):
    (tmp_path / "ratings.dat").write_bytes(RATINGS)
    matrix = normalize("movielens", tmp_path, "stand-in", 2, 0, {})
    assert isinstance(matrix, Observed)
    assert matrix.indptr.tolist() == [0, 0, 2, 4]
    assert matrix.indices.tolist() == [1, 3, 1, 2]
    np.testing.assert_allclose(matrix.values, np.array([5, 2, 3, 1]) / np.std([5, 2, 3, 1]), rtol=1e-6)
    # 6041 * 0.0419 observed entries in a row of Table 1's matrix against 4 in 3 rows here
    assert matrix.description.reduction == pytest.approx(6041 * 0.0419 / (4 / 3))


def test_a_dataset_that_the_paper_does_not_list_has_no_reduction(tmp_path):
    (tmp_path / "u.data").write_bytes(RATINGS.replace(b"::", b"\t"))
    assert normalize("movielens-100k", tmp_path, "stand-in", 2, 0, {}).description.reduction == 1


def test_real_data_of_another_shape_raise_a_warning_stand_ins_do_not(tmp_path, capsys):
    write_faces(tmp_path, np.arange(12.0).reshape(3, 4))
    for source in ("published", "mirror"):
        normalize("orl", tmp_path, source, 2, 0, {})
        printed = capsys.readouterr().err
        assert f"the {source} files give a 3 x 4 matrix; expected 400 x 10304" in printed
    normalize("orl", tmp_path, "stand-in", 2, 0, {})
    assert capsys.readouterr().err == ""


def test_what_cannot_be_used_is_refused(tmp_path):
    (tmp_path / "ratings.dat").write_bytes(RATINGS)
    with pytest.raises(InputError, match="rank 4 does not fit its 3 x 4 matrix"):
        normalize("movielens", tmp_path, "stand-in", 4, 0, {})
    with pytest.raises(InputError, match="option draw: found an unknown option"):
        normalize("movielens", tmp_path, "mirror", 2, 0, {"draw": "counts"})
    write_faces(tmp_path, np.full((3, 3), 7.0))
    with pytest.raises(InputError, match="all 9 values equal 7"):
        normalize("orl", tmp_path, "mirror", 2, 0, {})


def test_transposed_rows_are_the_columns():
    matrix = matrix_from(
        np.where(np.arange(35.0).reshape(5, 7) % 3 == 0, np.nan, np.arange(35.0).reshape(5, 7)), rank=2
    )
    transposed = matrix.transposed()
    order = np.lexsort((matrix.row_of_entry, matrix.indices))
    assert transposed.shape == (7, 5)
    np.testing.assert_array_equal(transposed.row_of_entry, matrix.indices[order])
    np.testing.assert_array_equal(transposed.indices, matrix.row_of_entry[order])
    np.testing.assert_array_equal(transposed.values, matrix.values[order])
    assert [array.dtype for array in (transposed.indptr, transposed.indices, transposed.values)] == [
        array.dtype for array in (matrix.indptr, matrix.indices, matrix.values)
    ]
