"""The only room that knows everybody: wiring, schedule, command line, health."""
