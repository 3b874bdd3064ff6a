"""The tables of the embedded series store, and the statements on them.

Names begin with series_ because the ledger may live in the same file.
"""

from __future__ import annotations

#: 1: readings and judged intervals; 2: also consumption per meter and the retention that was set up
FORMAT = 2

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS series_meter (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT",
    """
    CREATE TABLE IF NOT EXISTS series_reading (
        meter INTEGER NOT NULL, time_us INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (meter, time_us)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS series_interval (
        process TEXT NOT NULL, resource TEXT NOT NULL, start_us INTEGER NOT NULL,
        actual REAL, expected REAL, excess REAL, cost REAL, kg_co2e REAL, quality TEXT NOT NULL,
        PRIMARY KEY (process, resource, start_us)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS series_consumption (
        meter INTEGER NOT NULL, start_us INTEGER NOT NULL, amount REAL, mean REAL, quality TEXT NOT NULL,
        coverage REAL NOT NULL, interval_s INTEGER NOT NULL, PRIMARY KEY (meter, start_us)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE IF NOT EXISTS series_retention (what TEXT PRIMARY KEY, seconds REAL) STRICT, WITHOUT ROWID",
)

# A replayed batch finds its readings unchanged and writes nothing.
KEEP_READING = """
INSERT INTO series_reading VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value
"""
KEEP_INTERVAL = "INSERT OR REPLACE INTO series_interval VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
KEEP_CONSUMPTION = "INSERT OR REPLACE INTO series_consumption VALUES (?, ?, ?, ?, ?, ?, ?)"

READ = """
SELECT time_us, value FROM series_reading
WHERE meter = (SELECT number FROM series_meter WHERE id = ?) AND time_us >= ? AND time_us < ? ORDER BY time_us
"""
LAST = """
SELECT time_us, value FROM series_reading
WHERE meter = (SELECT number FROM series_meter WHERE id = ?) AND time_us < ? ORDER BY time_us DESC LIMIT 1
"""
#: without process and resource: who asks knows them, and a year of rows is read a fifth faster
READ_INTERVALS = """
SELECT start_us, actual, expected, excess, cost, kg_co2e, quality FROM series_interval
WHERE process = ? AND resource = ? AND start_us >= ? AND start_us < ?
ORDER BY start_us
"""
READ_CONSUMPTION = """
SELECT id, start_us, amount, mean, quality, coverage, interval_s
FROM series_consumption JOIN series_meter ON number = meter
WHERE meter = (SELECT number FROM series_meter WHERE id = ?) AND start_us >= ? AND start_us < ?
ORDER BY start_us
"""
LAST_CONSUMPTION = """
SELECT start_us FROM series_consumption
WHERE meter = (SELECT number FROM series_meter WHERE id = ?) ORDER BY start_us DESC LIMIT 1
"""
