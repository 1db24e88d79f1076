"""Retrieve: fetch what a destination made."""
