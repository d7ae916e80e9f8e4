"""Figures of runs: curves, comparisons, confusion, the ladder, guesses."""
