"""The ledger as an HTML page: the answer for the paper first, then every claim, filtered by what a reader asks for."""

import html
import re
from pathlib import Path

import pandas as pd

from starnmf.claims.claim import Verdict
from starnmf.claims.page import SECTIONS, WHOSE, claims_of, entry, overview, section_of
from starnmf.claims.tables import LEDGER
from starnmf.report.page import rendered, write_document

STYLE = """
.filters { position: sticky; top: 0; background: white; padding: 0.5rem 0; border-bottom: 1px solid #222; }
.filters label { margin-right: 1.5rem; }
"""

SCRIPT = """
const selects = [...document.querySelectorAll('.filters select')];
function show() {
  const chosen = selects.filter(select => select.value);
  const dataset = chosen.find(select => select.name === 'dataset');
  let count = 0;
  for (const claim of document.querySelectorAll('article')) {
    const fits = chosen.every(({name, value}) => claim.dataset[name].split('|').includes(value));
    claim.hidden = !fits;
    count += fits;
    for (const row of claim.querySelectorAll('tbody tr'))
      row.hidden = Boolean(dataset) && row.cells[1].textContent !== dataset.value;
  }
  for (const section of document.querySelectorAll('section'))
    section.hidden = !section.querySelector('article:not([hidden])');
  document.getElementById('count').textContent = count + ' claims';
}
for (const select of selects) select.addEventListener('change', show);
show();
"""


def write_ledger_page(ledger: Path, output: Path) -> None:
    """Write the ledger as an HTML page with filters by section, verdict, whose statement a claim is, and dataset.

    Raises `InputError` on a file that is no ledger.
    """
    table = LEDGER.read([ledger])
    body = "\n".join(
        [
            f"<style>{STYLE}</style>",
            "<h1>Claims ledger</h1>",
            _linked(rendered(overview(table)), set(table["id"])),
            "<h2>Every claim</h2>",
            _filters(table),
            *(_section(name, title, table) for name, title in SECTIONS.items()),
            f"<script>{SCRIPT}</script>",
        ]
    )
    write_document("Claims ledger", body, output)


def _linked(body: str, ids: set[str]) -> str:
    """HTML in which names of claims are links to their entries."""

    def link(found: re.Match[str]) -> str:
        return f'<a href="#{found[1]}">{found[0]}</a>' if found[1] in ids else found[0]

    return re.sub(r"<code>([\w.-]+)</code>", link, body)


def _filters(table: pd.DataFrame) -> str:
    """Fields to choose from, each with the values that occur."""
    heads = claims_of(table)
    datasets = sorted(set(table["dataset"]) - {"", "all"})
    fields: dict[str, list[tuple[str, str]]] = {
        "verdict": [(verdict, verdict) for verdict in Verdict if verdict in set(heads["verdict"])],
        "section": [(name, title) for name, title in SECTIONS.items() if not section_of(heads, name).empty],
        "by": [(stated_by, name) for stated_by, name in WHOSE.items() if stated_by in set(heads["stated_by"])],
        "dataset": [(name, name) for name in datasets],
    }
    labels = {"verdict": "Verdict", "section": "Section", "by": "Stated by", "dataset": "Dataset"}
    parts = [f"<label>{labels[name]} {_select(name, choices)}</label>" for name, choices in fields.items()]
    return f'<p class="filters">{"".join(parts)}<span id="count"></span></p>'


def _select(name: str, choices: list[tuple[str, str]]) -> str:
    options = [f'<option value="{html.escape(value)}">{html.escape(text)}</option>' for value, text in choices]
    return f'<select name="{name}"><option value="">all</option>{"".join(options)}</select>'


def _section(name: str, title: str, table: pd.DataFrame) -> str:
    """The claims of a section."""
    articles = [_article(name, rows) for _, rows in section_of(table, name).groupby("id", sort=False)]
    return f"<section><h2>{html.escape(title)}</h2>{''.join(articles)}</section>"


def _article(section: str, rows: pd.DataFrame) -> str:
    """One claim, with what it is filtered by."""
    head = rows.iloc[0]
    values = {
        "verdict": head["verdict"],
        "section": section,
        "by": head["stated_by"],
        "dataset": "|".join(rows["dataset"].unique()),
    }
    data = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in values.items())
    return f'<article id="{head["id"]}" {data}>{rendered(entry(rows))}</article>'
