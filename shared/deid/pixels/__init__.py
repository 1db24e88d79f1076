"""Clean Pixel Data (PS3.15 E.3.1): decide by rules what is burned in, and blank it without touching the rest.

`cleaner.PixelCleaner` is the door. `decision.decide` judges an image by its header; `apply.searched` looks at
its pixels where a policy asks for that, and `apply.carry_out` blanks what they say. `comments.comments` finds
text beside the picture in compressed frames, for the release gate.
"""
