"""Validate: is what arrived an instance that may go on?"""
