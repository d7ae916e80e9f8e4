"""Figures of normalization's page."""
