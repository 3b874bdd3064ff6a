"""Hotspots -> alerts -> messages to people: the state machine, the outbox's delivery, the channels, the words."""
