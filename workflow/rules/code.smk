"""Reruns after edits of the library: a rule with `code("starnmf.x.y")` in its params reruns when the statements of that
module, or of any module of starnmf that it imports, change.
"""

from functools import partial

from starnmf.source_code import checksum_of_code

code = partial(checksum_of_code, library=CHECKOUT / "workflow")
