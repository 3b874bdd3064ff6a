"""The decisions between a condition and a message, each one small, pure, and with a reason for what it does.

In order: sight, explained, plant_wide (what is a condition at all); silenced, duplicate, nuisance (what is
told at all); routed, quiet, quota (who is told it, and when). `alerts.evaluate` calls them.
"""
