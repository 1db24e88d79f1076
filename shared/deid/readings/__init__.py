"""What a value says: its words, however they are spelled, encoded or disguised."""
