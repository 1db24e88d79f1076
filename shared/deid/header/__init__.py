"""A new header for an old one: its layout, what becomes of each element, and the bytes that go out."""
