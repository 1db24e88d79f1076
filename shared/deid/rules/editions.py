"""Which editions of the Standard decide about a released instance."""

from shared.deid.rules import iod, safe_private, table

#: one for each part of the Standard whose tables are in here; manifests name them
EDITIONS = (
    f"PS3.3 {iod.EDITION}",
    f"PS3.15 {table.EDITION} Table E.1-1",
    f"PS3.15 {safe_private.EDITION} Table E.3.10-1",
)
