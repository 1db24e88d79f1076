"""De-identify: the inner door, with the release gate."""
