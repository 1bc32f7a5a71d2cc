"""Pages of the documentation that are written from declarations: configuration, command line and columns.

`python -m starnmf.documentation`, in the folder of the workflow, writes them to docs/reference (`make docs`).
"""

import re
from pathlib import Path

import typer
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from starnmf.claims.tables import LEDGER
from starnmf.cli import app
from starnmf.configuration import expected_values
from starnmf.markdown import markdown_table, paragraph
from starnmf.result_tables import RESULT_TABLES

COMMAND = "`python -m starnmf.documentation` writes this page"


def pages(checkout: Path) -> dict[Path, str]:
    """The pages that are written from declarations.

    Parameters
    ----------
    checkout
        Folder of the workflow, with config.yaml.

    Returns
    -------
    dict
        Path and text of every page.
    """
    schema, defaults = checkout / "workflow/schemas/config.schema.yaml", checkout / "config.yaml"
    texts = {
        "configuration": configuration_page(defaults.read_text(encoding="utf-8"), expected_values(schema)),
        "command-line": command_line_page(),
        "columns": columns_page(),
    }
    return {checkout / f"docs/reference/{name}.md": text for name, text in texts.items()}


def configuration_page(defaults: str, expected: dict[str, str]) -> str:
    """The page of all keys: what each may be, its default and its meaning.

    Parameters
    ----------
    defaults
        config.yaml, in which a comment stands above every key, or above the first of several keys that it explains.
    expected
        What every key may be, in words.
    """
    values, meanings = yaml.safe_load(defaults), _comments(defaults)
    rows = []
    for key, value in values.items():
        default = yaml.safe_dump(value, default_flow_style=True, width=10**6).removesuffix("...\n").strip()
        rows.append([f"`{key}`", expected[key], f"`{default}`", _with_links(meanings[key])])
    intro = (
        f"{COMMAND} from `config.yaml` and `workflow/schemas/config.schema.yaml`. `--config key=value` sets a key, "
        "and the files in `presets/` set many. A value that a key cannot have is an error before anything runs."
    )
    head = ["key", "value", "default", "meaning"]
    return "\n\n".join(["# Configuration", paragraph(intro), _table(head, rows)]) + "\n"


def command_line_page() -> str:
    """The page of all commands, with their arguments and options."""
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    intro = (
        f"{COMMAND} from the commands themselves; `starnmf STAGE COMMAND --help` prints the same. Every rule of the "
        "pipeline runs one of these commands, which `snakemake --printshellcmds` prints and which can be run by hand."
    )
    parts = ["# Command line", paragraph(intro)]
    for stage, group in root.commands.items():
        assert isinstance(group, TyperGroup)
        parts += [f"## {stage}", group.help or ""]
        for name, command in group.commands.items():
            context = typer.Context(command, info_name=f"starnmf {stage} {name}")
            records = [parameter.get_help_record(context) for parameter in command.params]
            usage = " ".join([f"starnmf {stage} {name}", *command.collect_usage_pieces(context)])
            parts += [f"### {stage} {name}", paragraph(command.help or ""), f"```\n{usage}\n```"]
            rows = [[f"`{record[0]}`", record[1]] for record in records if record]
            parts += [_table(["argument or option", "meaning"], rows)] if rows else []
    return "\n\n".join(parts) + "\n"


def columns_page() -> str:
    """The page of all result tables with their columns."""
    intro = (
        f"{COMMAND} from the declarations in the stages' `tables.py`, by which every table is written and read. Cells "
        "of optional columns may be empty."
    )
    parts = ["# Columns of the result tables", paragraph(intro)]
    for table in (*RESULT_TABLES, LEDGER):
        rows = [
            [f"`{column.name}`", f"{column.kind}{', optional' * column.optional}", column.unit, column.meaning]
            for column in table.columns
        ]
        keys = ", ".join(f"`{key}`" for key in table.key)
        parts += [
            f"## {table.name}",
            f"`{table.path}`\n\n{paragraph(_escaped(table.summary))}\nKey: {keys}.",
            _table(["column", "type", "unit", "meaning"], rows),
        ]
    return "\n\n".join(parts) + "\n"


def _comments(defaults: str) -> dict[str, str]:
    """The comment of every key; keys below one comment share it."""
    meanings: dict[str, str] = {}
    comment: list[str] = []
    first = ""
    for line in defaults.splitlines():
        if line.startswith("#"):
            comment.append(line.removeprefix("#").strip())
        elif key := re.match(r"\w+(?=:)", line):
            first = key[0] if comment else first
            meanings[key[0]] = " ".join(comment) if comment else f"See `{first}`."
            comment = []
        elif not line:
            comment = []
    return meanings


def _with_links(text: str) -> str:
    """Pages that a text names, as links from a page in docs/reference."""
    text = re.sub(r"docs/reference/([\w-]+)\.md", r"[\1](\1.md)", text)
    return re.sub(r"docs/((?:[\w-]+/)*([\w-]+))\.md", r"[\2](../\1.md)", text)


def _escaped(text: str) -> str:
    """A text in which, outside of code, brackets and stars are no markup."""
    parts = text.split("`")
    parts[::2] = [part.replace("*", "\\*").replace("<", "&lt;") for part in parts[::2]]
    return "`".join(parts)


def _table(head: list[str], rows: list[list[str]]) -> str:
    """A table in which nothing outside of code is markup."""
    return markdown_table(map(_escaped, head), [map(_escaped, row) for row in rows])


if __name__ == "__main__":
    for page, text in pages(Path.cwd()).items():
        page.write_text(text, encoding="utf-8")
