"""The library that every function of Airlock shares."""
