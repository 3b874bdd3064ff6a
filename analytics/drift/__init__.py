"""Excess -> hotspots: detectors on river's DriftDetector contract, one per file, and the judge over them.

The judge looks at one (process, resource) at three speeds: every interval (whitened CUSUM and EWMA: a
burst pipe within hours), every local day (a CUSUM on the whole day, the idle hours and each shift against
the others: a few per cent within days or weeks), and at the bare values (a stuck meter). `judge.judge` is
the door; every constant stands, with the measurement behind it, in `limits`, and what a stream's own limits
are is learned with its baseline in `calibration`.
"""
