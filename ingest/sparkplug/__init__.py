"""Sparkplug B (Eclipse Sparkplug 3.0): births give names and aliases, data gives values, deaths end both."""
