"""Result files: tables that are declared once, HDF5 with provenance, everything written atomically."""
