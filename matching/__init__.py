"""Matching: what an article says, and which watches it meets."""
