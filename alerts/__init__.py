"""Hotspots -> alerts -> messages to people: state machine, outbox and its delivery, channels, words."""
