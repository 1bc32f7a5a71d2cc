"""From published files, or stand-ins in the same formats, to normalised matrices.

Every dataset has a module of its name (`-` read as `_`) with

* `Options`: what can be chosen about reading it, with defaults;
* `parse(files, options, random)`: the raw matrix of its published files;
* `write_stand_in(folder, shape, rank, random)`: files in the published format with a planted structure.
"""

EXPANDED_LIMIT = 20 * 10**9
"""Most bytes that one compressed file may expand to: Netflix, the largest dataset, has 2.1 in all."""

LOWEST_RATE = 1000.0
"""Bytes per second below which a download is given up."""

DOWNLOAD_HOURS = 24.0
"""Longest time of the download of one file."""
