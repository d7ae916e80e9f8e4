"""Figures of the chapter as printed: its tables and losses, and how fast one can iterate."""
