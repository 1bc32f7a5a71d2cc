"""Interactive pages: every measured number is in them, they say where data come from, and fit into a report."""

import base64
import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from starnmf.errors import InputError
from starnmf.factorization.tables import RUNS
from starnmf.landscape.tables import CURVATURE, LINES, TRAJECTORY
from starnmf.report.landscape import write_landscape
from tests.filled_tables import write_filled

TABLES = {"curvature": CURVATURE, "lines": LINES, "trajectory": TRAJECTORY, "runs": RUNS}

RUN = {
    "source": "stand-in",
    "data_sha256": "0" * 64,
    "seed": 0,
    "reduction": 8.0,
    "descent": "flow",
    "device": "cpu",
    "converged": True,
}
REGIMES = ("published", "converged")


def landscape(folder, optima=3, points=4, rates=(0.5, 1.0), dataset="orl", **identity):
    """The arguments of `write_landscape`: tables of one dataset, as the landscape stage would write them."""
    random = np.random.default_rng(0)
    rate, optimum, point = (axis.ravel() for axis in np.meshgrid(rates, range(optima), range(points), indexing="ij"))
    at, step = np.linspace(0, 1, 101), np.unique(np.geomspace(1, 1e4, 120).astype(int)) - 1
    lines, repetitions = np.arange(5), np.arange(5)
    of_kind = {
        "curvature": {"rate": rate, "optimum": optimum, "point": point},
        "lines": {
            "kind": np.repeat(["random-random", "random-optimum"], 5 * 101),
            "line": np.tile(np.repeat(lines, 101), 2),
            "lambda": np.tile(at, 10),
            "loss": random.random(1010),
        },
        "trajectory": {
            "repetition": np.repeat(repetitions, len(step)),
            "time": np.tile(step * 1e-7, 5),
            "step": np.tile(step, 5),
            "paper_time": 1e-3,
            "cosine": random.random(5 * len(step)),
            "projected_cosine": random.random(5 * len(step)),
            "alpha": random.standard_normal(5 * len(step)),
        },
        "runs": {"rate": np.repeat(rates, optima), "restart": np.tile(range(optima), len(rates))} | RUN | identity,
    }
    paths = {kind: [] for kind in of_kind}
    for regime in REGIMES:
        of_kind["curvature"]["alpha"] = random.standard_normal(len(rate))
        for kind, columns in of_kind.items():
            paths[kind].append(folder / f"{dataset}-{kind}-{regime}.csv")
            rows = pd.DataFrame({"dataset": dataset, "regime": regime} | columns)
            write_filled(TABLES[kind], rows, paths[kind][-1])
    return [*paths.values(), folder / f"{dataset}.html"]


def unpacked(page, name):
    packed = re.search(f'id="{name}">([^<]*)<', page)[1]
    return gzip.decompress(base64.b64decode(packed)).decode()


def columns(page, *names):
    """The data of every group of points that has these columns, each as a dict of arrays."""
    found = []

    def search(node):
        if isinstance(node, dict):
            entries = dict(node["entries"]) if node.get("type") == "map" else {}
            if set(names) <= set(entries):
                found.append({name: array(entries[name]) for name in names})
            for child in node.values():
                search(child)
        elif isinstance(node, list):
            for child in node:
                search(child)

    search(json.loads(unpacked(page, "plots-packed")))
    return found


def array(node):
    return np.frombuffer(gzip.decompress(base64.b64decode(node["array"]["data"])), node["dtype"])


def test_every_alpha_stands_at_its_rate_with_its_optimum_and_point(tmp_path):
    *tables, html = landscape(tmp_path)
    write_landscape(*tables, html)
    drawn = pd.concat(map(pd.DataFrame, columns(html.read_text(), "x", "alpha", "optimum", "point")))
    # A point lies nearer to its own rate than to the other.
    drawn["rate"] = np.where(drawn["x"] < 0.75, 0.5, 1.0)
    measured = pd.concat(map(pd.read_csv, tables[0]))
    keys = ["rate", "optimum", "point", "alpha"]
    np.testing.assert_allclose(drawn.sort_values(keys)[keys], measured.sort_values(keys)[keys], rtol=1e-6)


def test_lines_and_descents_are_drawn_whole(tmp_path):
    *tables, html = landscape(tmp_path)
    write_landscape(*tables, html)
    lines = columns(html.read_text(), "lambda", "loss")
    assert len(lines) == len(REGIMES) * 2 * 5
    assert all(len(line["loss"]) == 101 for line in lines)
    descents = columns(html.read_text(), "x", "step", "time", "value")
    assert len(descents) == len(REGIMES) * 2 * 5
    published, converged = descents[0], descents[-1]
    np.testing.assert_array_equal(published["x"], published["step"])
    np.testing.assert_array_equal(converged["x"], converged["time"])


def test_a_page_says_where_its_data_come_from(tmp_path):
    *tables, html = landscape(tmp_path)
    write_landscape(*tables, html)
    page = html.read_text()
    assert "<h1>ORL (synthetic, reduced 1/8)</h1>" in page
    assert "Regime: published, by gradient flow. Data: synthetic." in page
    *tables, html = landscape(tmp_path, dataset="mine", source="own", reduction=1.0)
    write_landscape(*tables, html)
    assert "<h1>mine</h1>" in html.read_text()


def test_a_page_of_the_papers_size_fits_into_a_report(tmp_path):
    *tables, html = landscape(tmp_path, optima=100, points=50, rates=(0.1, 0.2, 0.4, 0.6, 0.8, 1.0))
    write_landscape(*tables, html)
    # Chromium opens no longer address; the report holds a page as one, in base64.
    assert len(base64.b64encode(html.read_bytes())) < 2 * 1024 * 1024 - 200
    for group in columns(html.read_text(), "alpha", "optimum"):
        assert len(group["alpha"]) == 1000
    table = pd.read_csv(tables[0][0])
    alpha = table.loc[table["rate"] == 0.1, "alpha"]
    drawn = columns(html.read_text(), "alpha", "optimum")[0]["alpha"]
    np.testing.assert_allclose(np.quantile(drawn, [0, 0.25, 0.5, 1]), np.quantile(alpha, [0, 0.25, 0.5, 1]), atol=5e-3)


def test_the_same_tables_give_the_same_bytes_without_an_address_to_load_from(tmp_path):
    *tables, html = landscape(tmp_path)
    options = [
        argument
        for name, paths in zip(("--curvature", "--lines", "--trajectory", "--run"), tables, strict=True)
        for path in paths
        for argument in (name, str(path))
    ]
    pages = []
    for _ in range(2):
        subprocess.run([Path(sys.executable).with_name("starnmf"), "report", "landscape", html, *options], check=True)
        pages.append(html.read_bytes())
    first, second = pages
    assert first == second
    assert not re.search(rb"<(script|link|img|iframe)[^>]*(src|href)=", first)


def test_tables_of_two_datasets_are_an_error_that_names_them(tmp_path):
    *tables, html = landscape(tmp_path)
    *others, _ = landscape(tmp_path, dataset="satellite")
    mixed = [[*one, *other] for one, other in zip(tables, others, strict=True)]
    with pytest.raises(InputError, match=r"found tables of orl, satellite; expected those of one"):
        write_landscape(*mixed, html)
    assert not html.exists()
