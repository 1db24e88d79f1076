"""The rules of matching: a small language in YAML that says which series goes where, and why."""
