"""Overrides as code: what is wrong with the entries of a file, and the text of a new entry."""
