"""Engines hand out jobs: each implements ``domain.ports.JobQueue``."""
