"""What a destination is configured to be: where it is, how it answers, and what its packages carry."""
