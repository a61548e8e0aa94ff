"""Which source says a statement, and what no source says."""
