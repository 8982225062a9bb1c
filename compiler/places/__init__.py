"""Texts that stand in files: where each of their characters is written."""
