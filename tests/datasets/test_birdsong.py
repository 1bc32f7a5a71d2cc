import io

import numpy as np
import pytest
import scipy.signal
import soundfile

from starnmf.datasets import birdsong
from starnmf.datasets.normalization import normalize
from starnmf.errors import InputError
from starnmf.seeds import generator

RATE = 44_100
HEADER = "id,file_id,genus,species\n"


def flac(samples, rate=RATE):
    stream = io.BytesIO()
    soundfile.write(stream, samples, rate, format="FLAC", subtype="PCM_16")
    return stream.getvalue()


def tone(frequency, seconds=1.0):
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)


def parse(files, **options):
    return birdsong.parse(files, birdsong.Options(**options), generator(0)).X


def recordings(raw_file, table, **contents):
    songs = [raw_file(f"songs/{name}.flac", content) for name, content in contents.items()]
    return [raw_file("birdsong_metadata.csv", table.encode()), *songs]


def test_patches_are_those_of_a_library_s_spectrogram(raw_file):
    samples = np.round(generator(0, "noise").uniform(-0.5, 0.5, RATE) * 2**15) / 2**15
    X = parse(recordings(raw_file, HEADER + "1,7,a,b\n", xc7=flac(samples)), columns=3)
    _, _, spectrogram = scipy.signal.spectrogram(
        samples, window=np.hanning(1024), nperseg=1024, noverlap=512, detrend=False, scaling="spectrum", mode="complex"
    )
    # this scaling divides by the sum of the window
    magnitudes = np.abs(spectrogram[1:]) * np.hanning(1024).sum()
    starts = [(2 * patch + 1) * (magnitudes.shape[1] - 9) // 6 for patch in range(3)]
    expected = [magnitudes[:, start : start + 10].T.ravel() for start in starts]
    np.testing.assert_allclose(X, np.transpose(expected), rtol=1e-4, atol=1e-4)


def test_a_tone_lights_its_frequency_in_every_frame(raw_file):
    X = parse(recordings(raw_file, HEADER + "1,7,a,b\n", xc7=flac(tone(100 * RATE / 1024))), columns=2)
    assert (X.reshape(10, 512, 2).argmax(axis=1) == 99).all()  # bin 100; bin 0 is left out


def test_fewer_rows_are_means_over_bands(raw_file):
    files = recordings(raw_file, HEADER + "1,7,a,b\n", xc7=flac(tone(3000) + 0.1 * tone(9000)))
    whole = parse(files, columns=4).reshape(10, 512, 4)
    banded = parse(files, columns=4, rows=320).reshape(10, 32, 4)
    np.testing.assert_allclose(banded, whole.reshape(10, 32, 16, 4).mean(axis=2), rtol=1e-5)


def test_columns_are_shared_out_in_the_order_of_the_numbers(raw_file):
    table = HEADER + "1,100,a,b\n2,7,a,b\n3,30,a,b\n"
    bins = {"xc100": 50, "xc30": 100, "xc7": 200}
    files = recordings(raw_file, table, **{name: flac(tone(at * RATE / 1024)) for name, at in bins.items()})
    X = parse(files, columns=7)
    assert (X.reshape(10, 512, 7)[0].argmax(axis=0) + 1).tolist() == [200, 200, 100, 100, 50, 50, 50]


def test_unnamed_and_absent_recordings_are_left_out_and_counted(raw_file, capsys):
    song = flac(tone(1000))
    X = parse(recordings(raw_file, HEADER + "1,7,a,b\n2,8,a,b\n3,9,a,b\n", xc7=song, xc5=song), columns=4)
    printed = capsys.readouterr().err
    assert X.shape == (5120, 4)
    assert "2 of 3 recordings" in printed
    assert "1 recordings are not named" in printed
    assert "xc5" in printed


def test_the_other_distribution_separates_by_tabs(raw_file):
    table = raw_file("xcmeta.csv", b'id\tgen\tsp\n7\tTurdus\t"a, b"\n')
    assert parse([table, raw_file("xc7.flac", flac(tone(1000)))], columns=2).shape == (5120, 2)


@pytest.mark.parametrize(
    ("table", "song", "message"),
    [
        ("", flac(tone(1000)), "the header names nothing; expected a column file_id"),
        ("genus,species\na,b\n", flac(tone(1000)), "the header names genus, species"),
        (HEADER + "1,seven,a,b\n", flac(tone(1000)), "line 2 has file_id 'seven'"),
        (HEADER + "1,8,a,b\n", flac(tone(1000)), "none of the 1 recordings"),
        (HEADER + "1,7,a,b\n", b"", "cannot be read"),
        (HEADER + "1,7,a,b\n", flac(tone(1000))[:3000], r"xc7\.flac: (cannot be read|found \d+ samples)"),
        (HEADER + "1,7,a,b\n", flac(tone(1000), 48_000), "sampled at 48000 Hz; expected 44100"),
        (HEADER + "1,7,a,b\n", flac(tone(1000, 0.1)), "found 4410 samples; expected at least 5632"),
    ],
)
def test_broken_tables_and_recordings_are_refused(raw_file, table, song, message):
    with pytest.raises(InputError, match=message):
        parse(recordings(raw_file, table, xc7=song))


def test_rows_that_fit_no_patch_are_refused(raw_file):
    files = recordings(raw_file, HEADER + "1,7,a,b\n", xc7=flac(tone(1000)))
    for rows in (321, 5130):
        with pytest.raises(InputError, match="expected a multiple of 10, at most 5120"):
            parse(files, rows=rows)


def test_real_recordings(real_data, capsys):
    matrix = normalize("birdsong", real_data("british-birdsong"), "mirror", 88, 0, {})
    assert matrix.shape == (5120, 1246)
    assert matrix.values.var(dtype=np.float64) == pytest.approx(1, abs=1e-5)
    assert "244 of 264 recordings" in capsys.readouterr().err


def test_a_part_of_the_recordings_is_reduced_data_though_it_fills_the_whole_matrix(tmp_path):
    (tmp_path / "birdsong_metadata.csv").write_text(HEADER + "".join(f"{n},{n},a,b\n" for n in range(1, 265)))
    for number in range(1, 34):
        (tmp_path / f"xc{number}.flac").write_bytes(flac(tone(100 * number)))
    description = normalize("birdsong", tmp_path, "mirror", 3, 0, {"rows": "5120"}).description
    assert description.reduction == pytest.approx(264 / 33)
    assert description.step_factor == 1, "the paper's steps fit a matrix of the paper's shape"
