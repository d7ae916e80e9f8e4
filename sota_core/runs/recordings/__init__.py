"""Recordings: a finished run as one file, its format, and its replay."""
