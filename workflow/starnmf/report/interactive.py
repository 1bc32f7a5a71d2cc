"""A page of interactive plots, compressed: a report holds it as a data address, which browsers limit to 2 MB."""

import base64
import gzip
import html
import json
from pathlib import Path

from bokeh.core.types import ID
from bokeh.embed import json_item
from bokeh.models.plots import GridPlot
from bokeh.resources import Resources

from starnmf.report.page import write_document

SHOW = """
async function unpacked(name) {
  const packed = atob(document.getElementById(name).textContent);
  const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}
async function show() {
  const library = document.createElement("script");
  library.textContent = await unpacked("library");
  document.head.append(library);
  Bokeh.embed.embed_item(JSON.parse(await unpacked("plots-packed")));
}
show();
"""


def write_interactive(title: str, note: str, plots: GridPlot, path: Path) -> None:
    """Write Bokeh plots under a title and a note; Bokeh's script is in the page."""
    library = Resources(mode="inline", components=["bokeh"]).js_raw[0]
    write_document(
        title,
        f'<h1>{html.escape(title)}</h1>\n<p>{html.escape(note)}</p>\n<div id="plots"></div>\n'
        f"{_packed('library', library)}{_packed('plots-packed', json.dumps(json_item(plots, ID('plots'))))}"
        f"<script>{SHOW}</script>",
        path,
    )


def _packed(name: str, text: str) -> str:
    """Compressed text that the page's script finds by its name."""
    packed = base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()
    return f'<script type="text/plain" id="{name}">{packed}</script>\n'
