"""File formats → raw tables."""
