"""Clean Pixel Data (PS3.15 E.3.1): decide by rules what is burned in, and blank it without touching the rest.

`cleaner.PixelCleaner` is the door. `decision.decide` judges an image by its header; `apply.carry_out` looks
at its pixels where a policy asks for that (`text.search_text`) and blanks what they say (`clean.clean`), and
`apply.require_kept` holds what would have to be blanked. `comments.comments` finds text beside the picture in
compressed frames, for the release gate.
"""
