"""MQTT -> InfluxDB collectors side by side, ours among them: `python -m bench.ingest`."""
