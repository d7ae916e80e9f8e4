"""Figures of progressive resizing's page."""
