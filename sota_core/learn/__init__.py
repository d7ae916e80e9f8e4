"""Learning: questions and their checking, guided experiments, the symbols of the papers. Pure; knows no screen.

Numbers that are answers are computed by sota_core.functional, never typed twice.
"""
