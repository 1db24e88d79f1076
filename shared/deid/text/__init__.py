"""Clean Descriptors (PS3.15 section E.3.5): free text survives where it carries no identity."""
