"""Typed settings, the plant file, and the files a person edits; every problem in them is reported at once."""
