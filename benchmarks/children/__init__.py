"""Programs that benchmarks run beside themselves, so that each process's time is its own."""
