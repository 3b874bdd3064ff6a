"""Readings -> consumption -> baselines -> excess -> drift -> hotspots, each stage a function from frame to frame."""
