"""The report as a person meets it: opened in a browser, without a network."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from starnmf.claims.tables import LEDGER
from starnmf.figures.catalogue import FIGURES
from tests.end_to_end.browser import PROGRAMS, asked_elsewhere, chromium, errors, point_at, screenshot
from tests.end_to_end.checkout import snakemake

pytestmark = [
    pytest.mark.extended,
    pytest.mark.skipif(None in PROGRAMS, reason="chromium and chromedriver are not installed"),
]


@pytest.fixture(scope="module")
def report(smoke_run):
    path = smoke_run / "results/smoke/report.html"
    made = snakemake(smoke_run, "--report", str(path), "--configfile", "presets/smoke.yaml")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "(ERROR" not in made.stderr, "docutils takes every caption"
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def page(report, browser):
    """The report, just opened; at the end of a test nothing was asked for elsewhere, and nothing complained."""
    browser.get(report.as_uri())
    wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "nav li"))
    yield browser
    browser.switch_to.default_content()
    assert asked_elsewhere(browser) == []
    assert errors(browser) == []


def wait(browser, condition):
    return WebDriverWait(browser, 60).until(lambda _: condition())


def open_result(page, category, *labels):
    """Show a result from its category's list, and beside it what is said of it; returns that."""
    page.find_element(By.XPATH, f"//nav//a[.//span[text()='{category}']]").click()
    row = next(
        row
        for row in wait(page, lambda: page.find_elements(By.CSS_SELECTOR, "nav tbody tr"))
        if [cell.text for cell in row.find_elements(By.TAG_NAME, "td")][: len(labels)] == list(labels)
    )
    eye, about = row.find_elements(By.TAG_NAME, "a")
    eye.click()
    about.click()
    return wait(page, lambda: page.find_element(By.CSS_SELECTOR, "nav .prose"))


def field(description, name):
    return description.find_element(By.XPATH, f".//th[text()='{name}:']/../td").text


def shown_image(page):
    image = wait(page, lambda: page.find_element(By.CSS_SELECTOR, ".grow img"))
    return tuple(
        wait(page, lambda: page.execute_script("return [arguments[0].naturalWidth, arguments[0].naturalHeight]", image))
    )


def test_what_a_page_asks_for_and_complains_of_is_seen(browser, tmp_path):
    page = tmp_path / "page.html"
    page.write_text('<img src="http://nowhere.invalid/image.png"><script>missing();</script>')
    browser.get(page.as_uri())
    assert asked_elsewhere(browser) == ["http://nowhere.invalid/image.png"]
    assert len(errors(browser)) == 2
    assert asked_elsewhere(browser) == []


def test_the_report_opens_with_the_ledgers_summary(page, smoke_run, tmp_path):
    ledger = (
        pd.read_csv(smoke_run / "results/smoke/claims.csv", keep_default_na=False).groupby("id", sort=False).first()
    )
    text = page.find_element(By.CSS_SELECTOR, ".grow .prose").text
    paper = ledger[ledger["stated_by"] == "paper"]
    assert f"The paper: {len(paper)} claims" in text
    for verdict, count in paper["verdict"].value_counts().items():
        assert f"{count} {verdict}" in text
    for claim, row in ledger.iterrows():
        listed = row["statement"] in text.splitlines()
        does_not_hold = row["verdict"] in ("contradicted", "partly", "regime-dependent", "undecided")
        assert listed == (row["stated_by"] == "paper" and does_not_hold), claim
    assert "synthetic: birdsong reduced 1/107" in text
    assert "system-message" not in page.page_source
    heading = page.find_element(By.CSS_SELECTOR, ".grow .prose h1")
    assert heading.rect["y"] >= 0, "the top of the page can be reached"
    assert len(page.find_elements(By.CSS_SELECTOR, ".grow .prose figure img")) == 3
    for width in (1600, 1000, 600):
        page.set_window_size(width, 1000)
        prose = page.find_element(By.CSS_SELECTOR, ".grow .prose")
        assert prose.rect["x"] + prose.rect["width"] <= width
        graph = page.find_element(By.ID, "rulegraph")
        assert graph.rect["y"] >= prose.rect["y"] + prose.rect["height"], "the graph stands below the text"
    page.set_window_size(1600, 1000)
    assert screenshot(page, tmp_path / "landing.png") > 0.01
    page.find_element(By.LINK_TEXT, "claims.html").click()
    caption = wait(page, lambda: page.find_element(By.CSS_SELECTOR, "nav .prose")).text
    assert "Which of the paper's claims hold" in caption


def test_categories_stand_in_the_order_of_the_paper(page):
    listed = [item.text for item in page.find_elements(By.CSS_SELECTOR, "nav li") if item.text[:1].isdigit()]
    assert listed == ["1. Claims ledger", "2. Figures", "3. Tables", "4. Datasets", "5. Interactive plots"]
    page.find_element(By.XPATH, "//nav//a[.//span[text()='2. Figures']]").click()
    rows = wait(page, lambda: page.find_elements(By.CSS_SELECTOR, "nav tbody tr"))
    numbers = [row.find_element(By.TAG_NAME, "td").text for row in rows]
    assert numbers == sorted(numbers)
    companions = {f"S{number:02d}" for number in range(1, sum(name.startswith("figureS") for name in FIGURES) + 1)}
    others = {f"{number:02d}" for number in range(1, sum(not name.startswith("figureS") for name in FIGURES) + 1)}
    assert set(numbers) == others | companions


@pytest.mark.parametrize("regime", ["published", "converged"])
def test_a_figure_is_shown_with_all_that_made_it(page, smoke_run, tmp_path, regime):
    figure = FIGURES["figure03"]
    file = smoke_run / f"results/smoke/figures/figure03{'' if regime == 'published' else '-converged'}.png"
    about = open_result(page, "2. Figures", "03", figure.title, regime)
    assert figure.caption in about.text
    ledger = LEDGER.read([smoke_run / "results/smoke/claims.csv"]).query("id == 'nmf-figure-3'")
    outcome = ledger.query("level == 'regime' and regime == @regime")["outcome"].item()
    assert f"{ledger['statement'].iloc[0]} (caption of Figure 3, sentence 3): synthetic (not judged" in about.text
    assert f"; under {regime}, on synthetic data: {outcome}" in about.text
    assert field(about, "Regime") == regime
    assert "synthetic: birdsong reduced 1/107" in field(about, "Data")
    assert float(re.match(r"([\d.]+) s, after", field(about, "Runtime"))[1]) > 0
    inputs = field(about, "Inputs").split(", ")
    assert f"results/smoke/landscape/metabolic/{regime}/lines.csv" in inputs
    assert all((smoke_run / name).exists() for name in inputs)
    assert shown_image(page) == Image.open(file).size
    assert screenshot(page, tmp_path / "figure.png") > 0.02

    made = np.asarray(Image.open(file))
    with put_aside(file, file.with_suffix(".pdf")):
        run(about.find_element(By.TAG_NAME, "pre").text, smoke_run)
        again = np.asarray(Image.open(file))
    np.testing.assert_array_equal(again, made, "the command shown is the one that made the figure")


@contextmanager
def put_aside(*files):
    """Files away, so that a command can make them anew; at the end they are back as they were."""
    for file in files:
        file.rename(file.with_name(f"kept-{file.name}"))
    try:
        yield
    finally:
        for file in files:
            file.with_name(f"kept-{file.name}").replace(file)


def run(command, checkout):
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["bash", "-c", command], cwd=checkout, env=environment, check=True)


def test_a_figure_on_networks_is_shown_with_its_source(page, smoke_run, tmp_path):
    about = open_result(page, "2. Figures", "08", FIGURES["figure08"].title)
    assert FIGURES["figure08"].caption in about.text
    assert field(about, "Data").startswith("synthetic: CIFAR-10")
    assert about.find_element(By.TAG_NAME, "pre").text.startswith(
        "starnmf figures draw figure08 results/smoke/networks/"
    )
    assert shown_image(page) == Image.open(smoke_run / "results/smoke/figures/figure08.png").size
    assert screenshot(page, tmp_path / "figure08.png") > 0.02


@pytest.mark.parametrize(
    ("name", "number", "data"),
    [
        ("figureS1", "S01", "none, random instances alone"),
        ("figureS13", "S13", "synthetic: movielens reduced 1/"),
    ],
)
def test_a_figure_of_one_table_is_shown_with_its_source(page, name, number, data):
    about = open_result(page, "2. Figures", number, FIGURES[name].title)
    assert FIGURES[name].caption in about.text
    assert field(about, "Data").startswith(data)


def test_plots_can_be_looked_into(page, smoke_run, tmp_path):
    about = open_result(page, "5. Interactive plots", "metabolic")
    assert field(about, "Data") == "synthetic: metabolic reduced 1/156"
    assert about.find_element(By.TAG_NAME, "pre").text.startswith("starnmf report landscape")
    frame = wait(page, lambda: page.find_element(By.TAG_NAME, "iframe"))
    left, top = frame.rect["x"], frame.rect["y"]
    page.switch_to.frame(frame)
    wait(page, lambda: page.execute_script("return window.Bokeh?.documents[0]?.is_idle"))
    assert page.find_element(By.TAG_NAME, "h1").text == "metabolic (synthetic, reduced 1/156)"
    assert "Regime: converged, by gradient flow." in page.find_element(By.TAG_NAME, "p").text

    first = page.execute_script(FIRST_ALPHA)
    point_at(page, left + first["x"], top + first["y"])
    told = wait(page, lambda: page.execute_script(TOLD))
    found = re.search(r"rate:\s*([\d.]+)\s+subsample:\s*\d+\s+optimum:\s*(\d+)\s+point:\s*(\d+)\s+α:\s*(\S+)", told)
    assert found, told
    table = pd.read_csv(smoke_run / f"results/smoke/landscape/metabolic/published/curvature-rate-{found[1]}.csv")
    alpha = table.set_index(["optimum", "point"]).loc[(int(found[2]), int(found[3])), "alpha"]
    np.testing.assert_allclose(float(found[4]), alpha, atol=1e-5)
    assert screenshot(page, tmp_path / "plots.png") > 0.01


FIRST_ALPHA = """
const models = [...Bokeh.documents[0]._all_models.values()];
const dots = models.find((model) => model.type == "GlyphRenderer" && model.data_source.data.optimum);
const {plot_view, coordinates} = Bokeh.index.find_one(dots), data = dots.data_source.data;
const box = plot_view.canvas_view.el.getBoundingClientRect();
return {
  x: box.left + coordinates.x_scale.compute(data.x[0]), y: box.top + coordinates.y_scale.compute(data.alpha[0])
};
"""

TOLD = """
function content(root) {
  for (const element of root.querySelectorAll("*")) {
    if (element.matches(".bk-tooltip-content")) return element.innerText;
    const within = element.shadowRoot && content(element.shadowRoot);
    if (within) return within;
  }
}
return content(document);
"""


@pytest.mark.parametrize(
    ("table", "columns"),
    [("1", ("dataset", "rank here", "rank in the paper", "density in the paper")), ("5", ("epoch",))],
)
def test_tables_are_read_beside_the_papers_values(page, table, columns):
    open_result(page, "3. Tables", table)
    page.switch_to.frame(wait(page, lambda: page.find_element(By.TAG_NAME, "iframe")))
    heading = wait(page, lambda: page.find_element(By.TAG_NAME, "h1")).text
    assert heading.startswith(f"Table {table}. ")
    header = [cell.text for cell in page.find_elements(By.TAG_NAME, "th")]
    assert set(columns) <= set(header)
    if table == "1":
        rows = [row.text for row in page.find_elements(By.CSS_SELECTOR, "tbody tr")]
        assert any("metabolic" in row and "(60, 12)" in row and "(9335, 36)" in row for row in rows)


def test_every_claim_stands_in_the_ledgers_page(page, smoke_run):
    open_result(page, "1. Claims ledger")
    page.switch_to.frame(wait(page, lambda: page.find_element(By.TAG_NAME, "iframe")))
    wait(page, lambda: page.find_elements(By.TAG_NAME, "h3"))
    rows = pd.read_csv(smoke_run / "results/smoke/claims.csv", keep_default_na=False)
    ledger = rows.groupby("id", sort=False).first()
    entries = [entry.text for entry in page.find_elements(By.TAG_NAME, "h3")]
    assert len(entries) == len(ledger)
    assert entries[0] == f"{ledger.iloc[0]['statement']}: {ledger.iloc[0]['verdict']}"
    for field, value, expected in (
        ("by", "project", ledger["stated_by"] == "project"),
        ("verdict", "synthetic", ledger["verdict"] == "synthetic"),
        ("section", "networks", ledger.index.str.startswith("networks-")),
        ("dataset", "metabolic", ledger.index.isin(rows.loc[rows["dataset"] == "metabolic", "id"])),
    ):
        choice = Select(page.find_element(By.NAME, field))
        choice.select_by_value(value)
        shown = [article.get_attribute("id") for article in page.find_elements(By.TAG_NAME, "article")]
        shown = [name for name in shown if page.find_element(By.ID, name).is_displayed()]
        assert shown == list(ledger.index[expected])
        assert page.find_element(By.ID, "count").text == f"{len(shown)} claims"
        choice.select_by_value("")
