"""The query language of the watches: its parts, its reader, its index."""
