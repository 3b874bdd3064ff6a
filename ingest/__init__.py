"""MQTT messages -> readings, durably: parse, spool, acknowledge, then ship to the series store in batches."""
