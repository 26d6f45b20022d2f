"""The long run: programs that ``tests/acceptance/test_soak.py`` starts, and what it makes of their figures."""
