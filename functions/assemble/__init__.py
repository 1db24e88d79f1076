"""Assemble: when is a series complete?"""
