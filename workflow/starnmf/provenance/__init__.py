"""The provenance of a finished run: its record, and the bundle and the crate in which it is published."""
