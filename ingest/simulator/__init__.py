"""A simulated plant: physics -> rates -> registers -> payloads -> arrivals, with faults whose truth is known.

Everything is a function of (seed, plant, faults) and time, computed in fixed weekly pages; so history and
live join without a seam, and any chunking gives the same messages.
"""
