"""Excess -> hotspots: detectors on river's DriftDetector contract, one per file, and the judge over them.

The judge looks at one (process, resource) at three speeds: every interval (whitened CUSUM and EWMA: a
burst pipe within hours), every local day (Page-Hinkley on the quiet hours and on the whole day: a few
per cent within weeks), and at the bare values (a stuck meter). `judge.judge` is the door; every limit
stands, with the measurement behind it, in `limits`.
"""
