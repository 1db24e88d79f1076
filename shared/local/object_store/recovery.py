"""What a killed process leaves: files that no generation has."""

import re

from shared.local.object_store.catalog import Catalog
from shared.local.object_store.content import Content

_FILE_NAME = re.compile(r"(?P<name>.+)#[0-9]+", re.DOTALL)


def remove_forgotten(catalog: Catalog, content: Content) -> int:
    """Remove the files of generations that were never recorded, or are no longer; return how many.

    A file that is called otherwise is none of ours, and stays.
    """
    removed = 0
    for bucket in catalog.buckets():
        for place, file_name in content.walk(bucket.name):
            match = _FILE_NAME.fullmatch(file_name)
            if match is not None and not catalog.has_place(bucket.name, place, match["name"]):
                content.remove_file(bucket.name, place)
                removed += 1
    return removed
