"""Reruns after edits of the library: a rule with `code("starnmf.x.y")` in its params reruns when the statements of that
module, or of any module of starnmf that it imports, change.
"""

from functools import partial

from starnmf.source_code import checksum_of_code

checksum = partial(checksum_of_code, library=CHECKOUT / "workflow")


def code(*modules):
    """The checksum of modules as a param that is computed for jobs alone: a job on a cluster reads its own modules."""
    return lambda wildcards: checksum(*modules)
