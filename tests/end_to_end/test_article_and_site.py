"""Article, gallery and site are made from the evidence, and say nothing that the ledger does not say."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from starnmf.figures.catalogue import FIGURES
from tests.end_to_end.checkout import ROOT, copy_checkout, redraw, starnmf

ARTICLE = ROOT / "docs/article/article.typ"

# Numbers that no run measures, by where they come from.
PRINTED = {"4", "7", "32", "80", "48", "5"}  # steps and counts of the paper and its figures
CHOSEN = {"95", "99", "0.1", "64", "8", "0"}  # of intervals, convergence, matched ranks, float64, UTF-8, zero
NAMES = {"10", "1"}  # CIFAR-10, MovieLens-1M; MovieLens-100k is taken out as a whole


def test_no_measured_number_is_typed():
    text = ARTICLE.read_text().partition("*Abstract.*")[2]
    text = re.sub(r"//.*|movielens[-_]100k", "", text, flags=re.IGNORECASE)
    text = re.sub(r"^#let [^\n]*[({]\n.*?^[)}]$|^#(let|set|show)[^\n]*", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\$[^$]*\$", "", text)  # formulas, checked by reading
    text = re.sub(r'"[^"]*"|`[^`]*`|@\w+|\brgb\([^)]*\)', "", text)
    text = re.sub(r"#?table\(.*?table\.header", "", text, flags=re.DOTALL)
    text = re.sub(r"\b(first|last|at|columns|colspan|inset|width|size): ?[\d.()]+\w*|\* 2\)|> 0\)|== 0", "", text)
    place = (
        r"(Theorems?|Facts?|Figures?|Tables?|Lemma|[Ss]ections?|Definition|equation|Assumption|Appendix|Theorem D\.)"
    )
    text = re.sub(rf"{place} ?[\d.]+(,? (to|and) [\d.]+|, [\d.]+)*", "", text)
    typed = set(re.findall(r"\d+(?:\.\d+)?", text)) - PRINTED - CHOSEN - NAMES
    assert not typed


@pytest.fixture(scope="module")
def evidence(loaded_starnmf, tmp_path_factory):
    """All bundles redrawn together, with ledger, article and gallery."""
    redrawn = tmp_path_factory.mktemp("evidence") / "redrawn"
    bundles = sorted((ROOT / "evidence").glob("*.zip"))
    assert starnmf(ROOT, "provenance", "unpack", *bundles, redrawn).returncode == 0
    done = redraw(ROOT, redrawn, "article", "gallery", first_on_path=[loaded_starnmf])
    assert done.returncode == 0, done.stdout + done.stderr
    return redrawn / "results/all"


@pytest.mark.extended
def test_article_and_ledger_in_the_repository_are_those_of_the_evidence(evidence):
    made = {"article/article.pdf": "docs/article/article.pdf", "claims.md": "evidence/claims.md"}
    for name, committed in made.items():
        assert (evidence / name).read_bytes() == (ROOT / committed).read_bytes(), f"{committed}: make article"


@pytest.mark.extended
def test_the_article_as_a_page_needs_no_other_file(evidence):
    page = (evidence / "article/article.html").read_text()
    assert page.count("<img") == page.count('src="data:image/png;base64,') > 0
    assert "<math" in page
    assert "<table" in page


def typeset(evidence, ledger, folder):
    pictures = (evidence / "figures").glob("*.png")
    return starnmf(
        ROOT, "article", "typeset", ARTICLE, folder / "article.pdf",
        evidence / "article/numbers.json", ledger, *pictures,
    )  # fmt: skip


@pytest.mark.extended
@pytest.mark.parametrize("changed", ["theory-fact-10", "nmf-rank-deviation", "printed-depth"])
def test_an_article_whose_conclusion_the_ledger_contradicts_is_not_typeset(evidence, tmp_path, changed):
    with (evidence / "claims.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["id"] == changed:
            row["outcome"] = "reproduced"
    with (tmp_path / "claims.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    done = typeset(evidence, tmp_path / "claims.csv", tmp_path)
    assert done.returncode == 1
    assert f"the article says that {changed}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "article.pdf").exists()


@pytest.mark.extended
def test_numbers_of_the_article_are_those_of_the_tables(evidence):
    """Counted anew, with the csv module alone, from one of the tables behind them."""
    numbers = json.loads((evidence / "article/numbers.json").read_text())["datasets"]["metabolic"]["converged"]
    with (evidence / "landscape/metabolic/converged/curvature-rate-1.0.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    alphas = [float(row["alpha"]) for row in rows]
    assert numbers["segments"] == f"{len(rows):,}"
    assert numbers["negative"] == f"{sum(alpha < 0 for alpha in alphas):,}"
    assert numbers["above"] == f"{sum(float(row['chord_violation']) > 0 for row in rows):,}"
    assert float(numbers["alpha"].replace("−", "-")) == pytest.approx(sum(alphas) / len(alphas), rel=5e-3)
    assert float(numbers["smallest"].replace("−", "-")) == pytest.approx(min(alphas), rel=5e-3)


@pytest.mark.extended
def test_the_gallery_shows_every_figure_with_a_command(evidence):
    page = (evidence / "gallery/index.md").read_text()
    shown = set(re.findall(r"!\[[^\]]+\]\(([\w-]+\.png)\)", page))
    assert shown == {path.name for path in (evidence / "figures").glob("*.png")}
    assert shown == {path.name for path in (evidence / "gallery").glob("*.png")}
    for number in re.findall(r"^## Figure (\w+)\.", page, re.MULTILINE):
        assert f"`snakemake --cores 2 figure{number}`" in page
        assert any(figure.number == number for figure in FIGURES.values())


@pytest.fixture(scope="module")
def site(evidence, tmp_path_factory):
    """The folder of the documentation as a site, which is built without a warning."""
    checkout = copy_checkout(tmp_path_factory.mktemp("documentation"))
    shutil.copytree(evidence / "gallery", checkout / "docs/gallery", dirs_exist_ok=True)
    shutil.copy(evidence / "article/article.html", checkout / "docs/article")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "WARNING" not in built.stderr
    return checkout / "site"


@pytest.mark.extended
def test_the_site_asks_for_nothing_over_a_network(site):
    for page in site.rglob("*.html"):
        loaded = re.findall(r'<(?:script|img|iframe)[^>]*src="([^"]+)|<link[^>]*href="([^"]+)', page.read_text())
        assert loaded
        for address in map("".join, loaded):
            assert not address.startswith(("http:", "https:", "//")), f"{page.relative_to(site)}: {address}"


@pytest.mark.extended
def test_the_site_shows_markup_and_no_tags_of_its_own(site):
    for page in set(site.rglob("*/*.html")) - {site / "article/article.html"}:  # which Typst has made
        article = re.search(r"<article.*?</article>", page.read_text(), re.DOTALL)[0]
        names = {"w0", "w1", "w2", "u1", "u2", "grad", "a_1"}  # of products <W1, W2>
        assert names.isdisjoint(re.findall(r"<(\w+)", article.lower())), page.relative_to(site)
        text = re.sub(r"<[^>]+>", "", re.sub(r"<pre.*?</pre>|<code>.*?</code>", "", article, flags=re.DOTALL))
        assert not re.search(r"\*\*|\]\(|`|^:::", text, re.MULTILINE), page.relative_to(site)
