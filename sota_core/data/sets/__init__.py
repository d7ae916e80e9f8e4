"""Data sets: the catalogue, how one is fetched, verified, unpacked, and where it lies."""
