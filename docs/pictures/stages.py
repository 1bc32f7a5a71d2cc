"""The picture of the stages, drawn from the graph of the rules and the folders of the files that they make.

(snakemake all rank --filegraph; snakemake all rank --rulegraph) | python docs/pictures/stages.py \\
    | tred | dot -Tsvg > docs/pictures/stages.svg
"""

import html
import re
import sys

STAGES = {
    "datasets": "files to matrices of variance 1",
    "factorization": "NMF along the gradient flow",
    "landscape": "curvature of the loss",
    "optima": "distances and barriers of optima",
    "rank_choice": "which rank to take",
    "networks": "ResNets on CIFAR-10",
    "theory": "the paper's random model",
    "companions": "three other works",
    "figures": "1 to 19, S1 to S13",
    "tables": "1 to 6",
    "claims": "the ledger",
    "report": "pages to read",
}
"""What each stage does. Rules that make raw files are a part of `datasets`; the record of the run is left out."""

OTHER_FOLDERS = {"stand-in": "datasets", "fetched": "datasets", "claims.csv": "claims"}


def stages_of(path: str) -> list[str]:
    """The stages of a file with wildcards, by the folder below that of the run."""
    _, _, folder, *_ = [*path.split("/"), "", ""]
    if folder.startswith("{experiment,"):
        return ["theory", "companions"]
    return [stage for stage in (OTHER_FOLDERS.get(folder, folder),) if stage in STAGES]


def edges(graphs: str) -> set[tuple[str, str]]:
    """Pairs of stages of which the second reads files of the first."""
    filegraph, rulegraph = graphs.split("digraph")[1:]
    stages = {}
    for node in re.split(r"^\d+ \[ ", filegraph, flags=re.MULTILINE)[1:]:
        rule = re.findall(r'point-size="18">(\w+)<', node)[0]
        made = re.findall(r'face="monospace">([^<]+)<', node.partition(">output &rarr;<")[2])
        stages[rule] = stages_of(html.unescape(made[0])) if made else []
    rules = dict(re.findall(r'^\s*(\d+)\[label = "(\w+)"', rulegraph, re.MULTILINE))
    of_rules = [(rules[one], rules[other]) for one, other in re.findall(r"(\d+) -> (\d+)", rulegraph)]
    return {(one, other) for pair in of_rules for one in stages[pair[0]] for other in stages[pair[1]] if one != other}


if __name__ == "__main__":
    print('digraph { rankdir=LR; bgcolor=white; node [shape=box, style=rounded, fontname="sans-serif", fontsize=13]')
    for stage, what in STAGES.items():
        print(f'{stage} [label=<<b>{stage}</b><br/><font point-size="10">{what}</font>>]')
    for one, other in sorted(edges(sys.stdin.read())):
        print(f"{one} -> {other}")
    print("}")
