"""Figures of test-time augmentation's page."""
