"""The embedded data set, drawn by our own seeded code."""
