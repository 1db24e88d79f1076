"""Re-identify: a result back under the identity of its patient."""
