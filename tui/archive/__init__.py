"""The past on disk: one schema, in a SQLite file or a PostgreSQL database."""
