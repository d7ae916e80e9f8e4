"""Figures of label smoothing's page."""
