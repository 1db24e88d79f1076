"""Quarantine: every failure becomes a record that waits for a person."""
