"""Figures: `python -m benchmarks.NAME` measures one part beside what it could be instead (see docs/benchmarks.md)."""
