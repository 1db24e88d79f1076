"""What is deployed: one folder a function."""
