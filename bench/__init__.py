"""The benchmarks, runnable by anyone: python -m bench."""
