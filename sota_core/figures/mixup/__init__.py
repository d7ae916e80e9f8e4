"""Figures of mixup's page."""
