"""Listing objects: prefix, delimiter, offsets, glob, versions and pages.

See "Objects: list" in the reference of the JSON API.
"""

import base64
import itertools
import re
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self

import msgspec

from shared.local.object_store.catalog import Records
from shared.local.object_store.preconditions import number
from shared.local.object_store.records import Generation
from shared.local.object_store.refusals import invalid

PAGE_LIMIT = 1000
_GLOB = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|\{[^{}]*\}|.", re.DOTALL)
_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class ListQuery(NamedTuple):
    """What a client asks for."""

    prefix: str = ""
    delimiter: str = ""
    start: str = ""
    end: str = ""
    glob: re.Pattern[str] | None = None
    versions: bool = False
    trailing: bool = False
    limit: int = PAGE_LIMIT
    token: "Token | None" = None

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Self:
        """Read the query parameters.

        Raises:
            Refused: 400, one is invalid.
        """
        glob = parameters.get("matchGlob")
        limit = number(parameters, "maxResults") or PAGE_LIMIT
        if limit < 0:
            raise invalid("Invalid argument for parameter maxResults.")
        return cls(
            prefix=parameters.get("prefix", ""),
            delimiter=parameters.get("delimiter", ""),
            start=parameters.get("startOffset", ""),
            end=parameters.get("endOffset", ""),
            glob=glob_pattern(glob) if glob else None,
            versions=_flag(parameters, "versions"),
            trailing=_flag(parameters, "includeTrailingDelimiter"),
            limit=min(limit, PAGE_LIMIT),
            token=Token.of(parameters.get("pageToken")),
        )


class Token(msgspec.Struct, frozen=True, array_like=True):
    """Where the next page begins: behind this generation of this name, or behind all that share a prefix."""

    name: str
    generation: int
    is_prefix: bool = False

    @classmethod
    def of(cls, text: str | None) -> "Token | None":
        """Read the text of a token.

        Raises:
            Refused: 400, it is none of ours.
        """
        if not text:
            return None
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(text), type=Token)
        except ValueError:
            raise invalid("Invalid page token.") from None

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode()


class Page(NamedTuple):
    """Objects, the common prefixes of those that were left out, and where the next page begins."""

    items: list[Generation]
    prefixes: list[str]
    token: Token | None


def listed(records: Records, bucket: str, query: ListQuery) -> Page:
    """One page of a bucket's objects.

    Raises:
        Refused: 404, no such bucket.
    """
    records.bucket(bucket)
    # One more than asked for tells whether there is a next page.
    found = list(itertools.islice(_entries(records, bucket, query), query.limit + 1))
    page, more = found[: query.limit], found[query.limit :]
    items = [entry for entry in page if isinstance(entry, Generation)]
    prefixes = [entry for entry in page if isinstance(entry, str)]
    return Page(items, prefixes, _token(page[-1]) if more else None)


def glob_pattern(glob: str) -> re.Pattern[str]:
    """The pattern of a glob: `*` and `?` stop at slashes, `**` does not; sets and alternatives as usual."""
    return re.compile("".join(map(_glob_piece, _GLOB.findall(glob))), re.DOTALL)


def _flag(parameters: Mapping[str, str], name: str) -> bool:
    # The official client writes True.
    return parameters.get(name, "").lower() == "true"


def _glob_piece(piece: str) -> str:
    if piece in _WILDCARDS:
        return _WILDCARDS[piece]
    if len(piece) > 1 and piece.startswith("["):
        inner = piece[1:-1].replace("\\", r"\\").replace("[", r"\[")
        return f"[{'^' + inner[1:] if inner.startswith('!') else inner}]"
    if len(piece) > 1:
        return f"(?:{'|'.join(glob_pattern(each).pattern for each in piece[1:-1].split(','))})"
    return re.escape(piece)


def _entries(records: Records, bucket: str, query: ListQuery) -> Iterator[Generation | str]:
    """Yield objects and common prefixes, in the order of UTF-8."""
    position, common = _first_position(query), None
    while page := records.page(bucket, *position, versions=query.versions):
        for generation in page:
            if common is not None and generation.name.startswith(common):
                continue
            if _is_behind(generation.name, query):
                return
            common = _common_prefix(generation.name, query)
            entry = generation if common is None else common
            if _matches(generation.name if common is None else common, query):
                yield entry
        position = (page[-1].name, page[-1].generation) if common is None else (_behind(common), -1)


def _first_position(query: ListQuery) -> tuple[str, int]:
    first = (max(query.prefix, query.start), -1)
    if query.token is None:
        return first
    token = query.token
    return max(first, (_behind(token.name), -1) if token.is_prefix else (token.name, token.generation))


def _behind(prefix: str) -> str:
    """The first name behind all that start with `prefix`."""
    last = ord(prefix[-1]) + 1
    if last > sys.maxunicode:
        return _behind(prefix[:-1])
    # No text in UTF-8 has surrogates.
    return prefix[:-1] + chr(0xE000 if last == 0xD800 else last)


def _is_behind(name: str, query: ListQuery) -> bool:
    if query.end and name >= query.end:
        return True
    return not name.startswith(query.prefix) and name > query.prefix


def _common_prefix(name: str, query: ListQuery) -> str | None:
    if not query.delimiter:
        return None
    head, delimiter, rest = name[len(query.prefix) :].partition(query.delimiter)
    if not delimiter or (query.trailing and not rest):
        return None
    return query.prefix + head + delimiter


def _matches(name: str, query: ListQuery) -> bool:
    return query.glob is None or query.glob.fullmatch(name) is not None


def _token(last: Generation | str) -> Token:
    if isinstance(last, str):
        return Token(last, 0, is_prefix=True)
    return Token(last.name, last.generation)
