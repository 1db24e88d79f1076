"""A double of the autosegmentation service: a real HTTP server that draws real contours, for one machine.

`shared.local.autosegmentation.server.AutosegmentationDouble` runs it inside a process,
`python -m shared.local.autosegmentation --folder DIR` alone.
"""
