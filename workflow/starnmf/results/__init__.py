"""Result files: declared tables and HDF5 with provenance, written atomically."""
