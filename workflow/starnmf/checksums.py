"""Checksums of files, one or several."""

import hashlib
from collections.abc import Mapping
from pathlib import Path


def digest(path: Path, algorithm: str = "sha256") -> str:
    """The checksum of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def joint_checksum(checksums: Mapping[str, str]) -> str:
    """One SHA-256 for several files by their names: of a single file its own, else that of what `sha256sum` prints."""
    if len(checksums) == 1:
        return next(iter(checksums.values()))
    return listing_checksum(checksums)


def listing_checksum(checksums: Mapping[str, str]) -> str:
    """The SHA-256 of what `sha256sum` prints for files in one folder, in the order of their names."""
    listing = "".join(f"{checksum}  {name}\n" for name, checksum in sorted(checksums.items()))
    return hashlib.sha256(listing.encode()).hexdigest()
