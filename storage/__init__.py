"""What claimwatch remembers: one schema on SQLite and PostgreSQL, and the stores behind the domain's ports."""
