"""The local object store: the JSON API of Cloud Storage over plain files, for one machine.

`shared.local.object_store.server.LocalObjectStore` runs it inside a process,
`python -m shared.local.object_store --folder DIR` alone.
"""
