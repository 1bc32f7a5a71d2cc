"""Make Snakemake see edits of the library: a rule that has `code("starnmf.x.y")` in its params reruns when that module
or anything of starnmf that it needs changes in meaning; other edits do not concern it.
"""

from functools import partial
from pathlib import Path

from starnmf.source_code import checksum_of_code

code = partial(checksum_of_code, library=Path(workflow.basedir) / "workflow")
