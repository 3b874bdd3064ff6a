"""Excess per interval -> energy performance indicators (ISO 50006), savings, and the CUSUM."""
