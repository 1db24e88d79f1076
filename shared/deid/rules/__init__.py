"""Which rule an element falls under: the tables of the Standard, profiles and their overrides."""
