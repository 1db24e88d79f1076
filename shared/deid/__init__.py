"""De-identification after PS3.15 Annex E: keyed, stateless, byte for byte the same in any worker."""
