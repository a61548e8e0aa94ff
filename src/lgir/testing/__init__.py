"""Contract suites and real servers for tests; shipped for authors of new parts, imported by nothing else."""
