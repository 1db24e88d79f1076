"""De-identify many files, in one process or several: what is written is whole, what is held is not there."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

from rich.console import Console

from shared.adapters.disk_failures import disk_failures
from shared.adapters.files import FileKeys
from shared.adapters.folder_streams import FolderReader
from shared.adapters.imaging import imaging_from
from shared.deid.instance import Deidentified, Deidentifier
from shared.deid.rules.profile import Profile
from shared.errors import AirlockError, Conflict, InputMissing, Unexpected

#: so many headers are made before the first is written, of files that have so many bytes together
_AT_ONCE, _BYTES_AT_ONCE = 16, 32 << 20
_OUTPUT_MODE = 0o600
_MOST_JOBS = 64

T = TypeVar("T")


class Batch(NamedTuple):
    """What a person asked for; see `airlock deid run --help`."""

    source: Path
    target: Path
    profile: Profile
    pixel_rules: Path
    key_file: Path | None
    workspace: Path
    jobs: int
    mapping: Path | None

    @property
    def at_once(self) -> int:
        """How many headers are made before the first is written."""
        # Pixels that were cleaned wait on the disk until they are written.
        return 1 if "clean_pixel_data" in self.profile.options else _AT_ONCE


class Outcome(NamedTuple):
    """What became of one file: released under a name with a digest, or held with a code and its cause.

    `name` is the output's; `code` is empty where the file was released.
    """

    path: str
    name: str = ""
    sha256: str = ""
    size: int = 0
    code: str = ""
    cause: str = ""


class Done(NamedTuple):
    """What one process did of its part: the outcomes, and the ids that it replaced."""

    outcomes: list[Outcome]
    ids: dict[str, str]


def deidentify_all(batch: Batch, console: Console) -> Iterator[Outcome]:
    """Yield what became of each file, in order; a bar on the console tells how far it is.

    Raises:
        InputMissing: there is no file in the source.
        KeyInvalid: the key cannot be used.
        StorageUnavailable, SpaceExhausted: the target cannot be written.
    """
    files = _files(batch.source)
    if not files:
        raise InputMissing(files=0)
    keys_path = _key_path(batch)
    with disk_failures():
        batch.target.mkdir(mode=0o700, parents=True, exist_ok=True)
    ids: dict[str, str] = {}
    for done in _with_progress(_done(batch, keys_path, files), len(files), console):
        yield from done.outcomes
        ids.update(done.ids if batch.mapping else {})
    if batch.mapping:
        _write_mapping(batch.mapping, ids)


def _files(source: Path) -> list[str]:
    return [str(source)] if source.is_file() else sorted(_found(str(source)))


def _found(folder: str) -> Iterator[str]:
    """Yield the files in a folder and in its folders, but for links and for what cannot be read."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _found(entry.path)
            elif entry.is_file(follow_symlinks=False):
                yield entry.path


def _key_path(batch: Batch) -> Path:
    if batch.key_file is not None:
        return batch.key_file
    path = batch.workspace / "keys" / "deidentification.key"
    with disk_failures():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    FileKeys.create_if_absent(path)
    return path


def _done(batch: Batch, key_path: Path, files: Sequence[str]) -> Iterator[Done]:
    few = handfuls(files, batch.at_once)
    jobs = min(batch.jobs, len(files), _MOST_JOBS)
    if jobs == 1:
        yield from map(Worker(batch, key_path).work, few)
        return
    # Only here: the module costs a quarter of the start-up.
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(batch, key_path)) as pool:
        yield from pool.map(_go_on, few)


def handfuls(paths: Iterable[str], count: int) -> Iterator[list[str]]:
    """Yield files whose headers may be in memory at once: at most `count` small ones, or a large one."""
    few: list[str] = []
    size = 0
    for path in paths:
        more = _size(path)
        if few and (len(few) == count or size + more > _BYTES_AT_ONCE):
            yield few
            few, size = [], 0
        few.append(path)
        size += more
    if few:
        yield few


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116  # a Path costs as much as the call
    except OSError:
        return 0


class Worker:
    """De-identifies files."""

    def __init__(self, batch: Batch, key_path: Path) -> None:
        """Take what was asked for and the key."""
        imaging = imaging_from(batch.pixel_rules)
        self._deidentifier = Deidentifier(batch.profile, FileKeys(key_path), imaging)
        self._target = str(batch.target)

    @disk_failures()
    def work(self, paths: Sequence[str]) -> Done:
        """De-identify some files."""
        outcomes = self._outcomes(paths)
        return Done(outcomes, self._deidentifier.take_ids())

    def _outcomes(self, paths: Sequence[str]) -> list[Outcome]:
        """Make all headers first: pixels push what that takes out of the processor's caches each time."""
        with ExitStack() as opened:
            begun = [self._begin(path, opened) for path in paths]
            return [self._finish(path, each) for path, each in zip(paths, begun, strict=True)]

    def _begin(self, path: str, opened: ExitStack) -> Deidentified | Outcome:
        return _or_held(path, lambda: self._deidentifier.deidentify(opened.enter_context(_opened(path))))

    def _finish(self, path: str, begun: Deidentified | Outcome) -> Outcome:
        if isinstance(begun, Outcome):
            return begun
        return _or_held(path, lambda: self._release(path, begun))

    def _release(self, path: str, instance: Deidentified) -> Outcome:
        partial = f"{self._target}/.partial-{os.getpid()}"
        try:
            digest, size = _write(partial, instance.content())
            name = f"{instance.sop_instance_uid}.dcm"
            _put(partial, f"{self._target}/{name}")
        finally:
            with suppress(FileNotFoundError):
                os.unlink(partial)  # noqa: PTH108  # a Path costs as much as the call
        return Outcome(path, name, digest, size)


def _or_held(path: str, work: Callable[[], T]) -> T | Outcome:
    """What comes of the work on one file; whatever is wrong with it, the others go on."""
    try:
        return work()
    except AirlockError as error:
        return _held(path, error)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge: a defect of ours must not cost the other files
        from shared.failures import where

        return _held(path, Unexpected(cause=type(error).__name__, where=where(error)))


def _held(path: str, error: AirlockError) -> Outcome:
    """The outcome of what a file itself is to blame for; anything else ends the batch."""
    if error.category in {"resource", "storage"} and not isinstance(error, Conflict):
        raise error
    return Outcome(path, code=error.code, cause=error.cause)


def _opened(path: str) -> FolderReader:
    try:
        return FolderReader(path)
    except OSError as error:
        raise InputMissing(system=type(error).__name__) from error


def _write(path: str, content: Iterable[bytes]) -> tuple[str, int]:
    """Write a file; return the SHA-256 of its content and its size."""
    digest, size = sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OUTPUT_MODE)
    try:
        for chunk in content:
            digest.update(chunk)
            size += len(chunk)
            written = os.write(descriptor, chunk)
            while written < len(chunk):
                written += os.write(descriptor, chunk[written:])
    finally:
        os.close(descriptor)
    return digest.hexdigest(), size


def _put(partial: str, name: str) -> None:
    """Give a finished file its name; the same file again is no matter, another one is.

    Raises:
        Conflict: another file has the name.
    """
    try:
        os.link(partial, name)
    except FileExistsError as error:
        if not _same(partial, name):
            raise Conflict(reason="two instances have one SOP Instance UID") from error


def _same(one: str, other: str) -> bool:
    with FolderReader(one) as first, FolderReader(other) as second:
        pieces = zip(first.stream(), second.stream(), strict=False)
        return first.size == second.size and all(left == right for left, right in pieces)


def _write_mapping(path: Path, ids: dict[str, str]) -> None:
    import csv

    with disk_failures():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OUTPUT_MODE)
    with disk_failures(), os.fdopen(descriptor, "w", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id_old", "id_new"])
        writer.writerows(sorted(ids.items()))


def _with_progress(done: Iterable[Done], total: int, console: Console) -> Iterator[Done]:
    if not console.is_terminal:
        yield from done
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("De-identified"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=total)
        for each in done:
            bar.advance(task, len(each.outcomes))
            yield each


_worker: list[Worker] = []


def _begin(batch: Batch, key_path: Path) -> None:
    _worker[:] = [Worker(batch, key_path)]


def _go_on(paths: list[str]) -> Done:
    return _worker[0].work(paths)
