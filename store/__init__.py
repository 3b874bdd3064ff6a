"""Where facts are kept: readings and intervals in the series store, state in the ledger.

The series store is InfluxDB or an SQLite file, the ledger PostgreSQL or an SQLite file.
"""
