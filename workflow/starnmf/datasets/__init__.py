"""Published files and their stand-ins, parsed to normalised matrices."""
