"""The command line: the whole pipeline on one machine, and a look into its ledgers."""
