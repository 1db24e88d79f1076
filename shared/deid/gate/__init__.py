"""The release gate: what identifies in an original, and whether any of it stands in the output."""
