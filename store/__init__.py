"""Where facts are kept: readings and intervals in the series store (InfluxDB or SQLite), state in the ledger."""
