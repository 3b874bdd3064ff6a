"""What a factory is, in plain Python: plant, meter, reading, baseline, hotspot, alert; units; ports; errors.

This room imports no other room. Records are frozen; a quantity is in its canonical unit (kWh, m3, kg)
unless its name says otherwise; an instant is an aware UTC datetime, or microseconds since 1970 where
there are millions of them.
"""
