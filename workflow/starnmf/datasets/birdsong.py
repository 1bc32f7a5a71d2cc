"""British birdsong: FLAC recordings, and a table naming the recording and the species of each.

How the paper turned 264 recordings into 5120 x 1246 is not documented. The transform here is shape-matched: it gives
exactly that shape, by choices that are usual for birdsong but are this project's own.

* A column is one patch of 10 successive frames of a magnitude spectrogram (Hann window of 1024 samples, 23 ms at
  44.1 kHz, every 512 samples): 128 ms, about a syllable. A frame has the 512 frequencies above 0, so a patch stacked
  frame by frame has 10 * 512 = 5120 entries.
* 1246 patches are spread over the recordings, four or five to each, evenly in time within a recording. The number of
  columns is kept when there are fewer recordings, which are then sampled more densely.
* With fewer rows, neighbouring frequencies of a frame are averaged into equally wide bands.
"""

import csv
import io
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from starnmf.archives import new_zip, zip_member
from starnmf.datasets.raw import RawFile
from starnmf.errors import InputError
from starnmf.matrix import Part

_SAMPLE_RATE = 44_100
_RECORDINGS, _COLUMNS = 264, 1246
_CALLS = 3
"""Calls to be heard in a stand-in recording."""
_TABLE_HEADER = (
    *("id", "file_id", "genus", "species", "english_cname", "who_provided_recording"),
    *("country", "latitude", "longitute", "type", "license"),  # "longitute" as published
)


@dataclass(frozen=True)
class Options:
    """Settings of the transform."""

    n_fft: int = 1024
    """Samples of a frame."""
    hop: int = 512
    """Samples from one frame to the next."""
    frames: int = 10
    """Frames of a patch."""
    rows: int = 5120
    """Entries of a patch: `frames` times the bands of a frame, of which there are n_fft / 2 at most."""
    columns: int = _COLUMNS
    """Patches over all recordings."""


def parse(files: Sequence[RawFile], options: Options, random: np.random.Generator) -> Part:
    """Magnitudes (rows, columns), columns in the order of the recordings' numbers; one recording in memory at a time.

    Recordings that the table does not name are left out, names without a recording are counted, both with a warning.
    Raises `InputError` when none is left, on unreadable or too short recordings, and on settings that do not fit.
    """
    if options.rows % options.frames or options.rows // options.frames > options.n_fft // 2:
        raise InputError(
            f"birdsong: {options.rows} rows do not fit patches of {options.frames} frames; expected a multiple of "
            f"{options.frames}, at most {options.frames * (options.n_fft // 2)}"
        )
    recordings = _named_recordings(files)
    X = np.empty((options.rows, options.columns), dtype=np.float32)
    edges = [options.columns * index // len(recordings) for index in range(len(recordings) + 1)]
    for recording, start, stop in zip(recordings, edges[:-1], edges[1:], strict=True):
        if start < stop:
            X[:, start:stop] = _patches(_samples(recording), stop - start, options, recording.where)
    return Part(X, min(1.0, len(recordings) / _RECORDINGS))


def _named_recordings(files: Sequence[RawFile]) -> list[RawFile]:
    """The recordings that the table names, in the order of their numbers."""
    (table,) = (file for file in files if file.name.endswith(".csv"))
    named = _recording_numbers(table)
    recordings = {int(found[1]): file for file in files if (found := re.fullmatch(r"xc(\d+)\.flac", file.name))}
    kept = sorted(named & recordings.keys())
    if not kept:
        raise InputError(
            f"{table.where}: none of the {len(named)} recordings it names is there; expected xc<number>.flac"
        )
    if absent := len(named) - len(kept):
        print(
            f"birdsong: warning: {absent} of {len(named)} recordings named in {table.where} are absent", file=sys.stderr
        )
    if unnamed := sorted(recordings.keys() - named):
        print(
            f"birdsong: warning: {len(unnamed)} recordings are not named in {table.where} and are left out: "
            f"{', '.join(f'xc{number}' for number in unnamed[:8])}",
            file=sys.stderr,
        )
    return [recordings[number] for number in kept]


def _recording_numbers(table: RawFile) -> set[int]:
    """Numbers of the recordings in the comma- or tab-separated table: its `file_id`, or `id` where it has no other."""
    text = table.read().decode("utf-8-sig", errors="replace")
    separator = "\t" if "\t" in text.partition("\n")[0] else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=separator)
    try:
        names = list(rows.fieldnames or [])
        column = next((name for name in ("file_id", "id") if name in names), None)
        if column is None:
            raise InputError(
                f"{table.where}: the header names {', '.join(names) or 'nothing'}; expected a column file_id"
            )
        return {_recording_number(row[column], f"{table.where}: line {rows.line_num} has {column}") for row in rows}
    except csv.Error as error:
        raise InputError(
            f"{table.where}: line {rows.line_num + 1} cannot be read ({error}); expected a table"
        ) from error


def _recording_number(cell: str | None, where: str) -> int:
    number = (cell or "").removeprefix("xc").removeprefix("XC")
    if not (number.isascii() and number.isdecimal()):
        raise InputError(f"{where} {cell!r}; expected a number")
    return int(number)


def _samples(recording: RawFile) -> npt.NDArray[np.float32]:
    """Samples of a recording, the mean of its channels, between -1 and 1."""
    try:
        with soundfile.SoundFile(io.BytesIO(recording.read())) as sound:
            samples = sound.read(dtype="float32", always_2d=True)
            rate, expected = sound.samplerate, sound.frames
    except (soundfile.SoundFileError, RuntimeError) as error:
        raise InputError(f"{recording.where}: cannot be read ({error}); expected a whole FLAC recording") from error
    if len(samples) != expected:
        raise InputError(f"{recording.where}: found {len(samples)} samples; expected {expected}, as its header says")
    if rate != _SAMPLE_RATE:
        raise InputError(f"{recording.where}: sampled at {rate} Hz; expected {_SAMPLE_RATE} Hz")
    return np.asarray(samples.mean(axis=1))


def _patches(samples: npt.NDArray[np.float32], count: int, options: Options, where: str) -> npt.NDArray[np.float32]:
    """`count` patches (rows, count) evenly spread over a recording: each the middle one of an equal share of it."""
    frames = 1 + (len(samples) - options.n_fft) // options.hop
    if frames < options.frames:
        least = options.n_fft + (options.frames - 1) * options.hop
        raise InputError(f"{where}: found {len(samples)} samples; expected at least {least}, those of one patch")
    start = ((np.arange(count) + 0.5) / count * (frames - options.frames + 1)).astype(np.int64)
    at = (start[:, None] + np.arange(options.frames)) * options.hop
    windows = np.lib.stride_tricks.sliding_window_view(samples, options.n_fft)[at]
    magnitudes = np.abs(np.fft.rfft(windows * np.hanning(options.n_fft), axis=-1))[..., 1 : options.n_fft // 2 + 1]
    bands = options.rows // options.frames
    edges = magnitudes.shape[-1] * np.arange(bands + 1) // bands
    averaged = np.add.reduceat(magnitudes, edges[:-1], axis=-1) / np.diff(edges)
    return np.asarray(averaged.reshape(count, options.rows).T, dtype=np.float32)


def write_stand_in(folder: Path, shape: tuple[int, int], rank: int, random: np.random.Generator) -> None:
    """Write `british-birdsong-dataset.zip` with recordings of synthetic calls and their table, three to a species.

    There are as many recordings to a column as published. `rank` calls are planted, each a few tones under a swelling
    envelope; a recording holds three of them in proportions of its own, over noise.
    """
    count = max(1, round(shape[1] * _RECORDINGS / _COLUMNS))
    length = _SAMPLE_RATE * max(1, -(-shape[1] // count) // 5)
    tones = random.uniform(300, 0.45 * _SAMPLE_RATE, size=(rank, 4))
    loudness = random.dirichlet(np.ones(4), size=rank)
    numbers = np.sort(random.choice(150_000, count, replace=False)) + 25_000
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(_TABLE_HEADER)
    seconds = np.arange(length) / _SAMPLE_RATE
    with new_zip(folder / "british-birdsong-dataset.zip") as archive:
        for index, number in enumerate(numbers.tolist()):
            species = index // 3 + 1
            name = f"Stand-in bird {species}, a species"
            writer.writerow(
                [index + 1, number, "Avis", f"species{species}", name, "nobody", "none", 54.0, -2.0, "song", "none"]
            )
            samples = 1e-3 * random.standard_normal(length)
            for call in {(_CALLS * index + part) % rank for part in range(_CALLS)}:
                envelope = np.maximum(0, np.sin(2 * np.pi * (random.uniform(1, 4) * seconds + random.random())))
                phases = 2 * np.pi * random.random(4)
                tone = loudness[call] @ np.sin(2 * np.pi * tones[call][:, None] * seconds + phases[:, None])
                samples += random.uniform(0.2, 1) * envelope * tone
            flac = io.BytesIO()
            soundfile.write(flac, 0.9 * samples / np.abs(samples).max(), _SAMPLE_RATE, format="FLAC", subtype="PCM_16")
            with zip_member(archive, f"songs/xc{number}.flac") as member:
                member.write(flac.getvalue())
        with zip_member(archive, "birdsong_metadata.csv") as member:
            member.write(table.getvalue().encode())
