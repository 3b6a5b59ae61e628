"""ClickHouse as the event store and engine past one machine, chosen by ``EVENTS_URL``."""
