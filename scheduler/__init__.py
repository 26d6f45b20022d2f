"""When work is due, who takes it, and how it ended."""
