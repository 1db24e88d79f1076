"""The ports' implementations; only they, the local doubles and the runtime know a vendor."""
