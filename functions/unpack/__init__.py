"""Unpack: from an archive to objects that arrive on their own."""
