"""Readings -> consumption -> baselines -> excess -> drift -> hotspots; each stage from frame to frame."""
