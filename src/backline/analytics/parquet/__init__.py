"""The event lake on one machine: immutable Parquet files, listed in PostgreSQL and asked with DuckDB."""
