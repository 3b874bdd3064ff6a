"""Real servers for the tests: each on loopback, a free port and a folder of its own, stopped by its pid."""
