"""Export: the outer door."""
