"""Consumption -> balances: sub-meters against main meters, material in and out, what losses cost."""
