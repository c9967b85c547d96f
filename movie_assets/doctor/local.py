"""Health checks of this machine: ruleset and references, output folders, the warehouse's file."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from movie_assets.errors import AdapterError, PipelineError
from movie_assets.feed import Feed
from movie_assets.findings import Finding, attempt
from movie_assets.judging.ruleset import load_ruleset
from movie_assets.settings import Settings

ROOM = 1_000_000_000
"""Bytes; with less free space the next days may not fit."""


def files(settings: Settings, feed: Feed) -> Iterator[Finding]:
    """Check the ruleset and every reference."""
    yield attempt("ruleset", feed.ruleset.name, lambda: _ruleset(feed))
    for alias, path in settings.reference_files.items():
        yield attempt("reference", alias, partial(_readable, path))


def folder(service: str, path: Path, setting: str) -> Finding:
    """Check that a folder, or its nearest existing parent, is writable and has free space."""
    found = attempt(service, "write", lambda: _writable(path, setting))
    if found.error:
        return found
    free = shutil.disk_usage(_nearest(path)).free
    said = f"{path}, {free / 1e9:,.1f} GB free"
    if free < ROOM:
        return Finding(service, "write", "warning", f"{said}.", f"free some space, or set {setting} to another disk")
    return Finding(service, "write", "ok", said)


def _ruleset(feed: Feed) -> str:
    found = load_ruleset(feed.ruleset, feed.set_by("ruleset"))
    return f"{len(found.ruleset.rules)} rules, {feed.ruleset}"


def _readable(path: Path) -> str:
    try:
        with path.open("rb"):
            return str(path)
    except OSError as error:
        raise PipelineError(f"Can't read {path}: {error.strerror}.", "correct MOVIES_REFERENCES") from error


def _writable(path: Path, setting: str) -> None:
    try:
        with tempfile.TemporaryFile(dir=_nearest(path)):  # an unnamed file, so that nothing is left behind
            pass
    except OSError as error:
        raise AdapterError(
            f"Can't write to {path}: {error.strerror or error} (at {_nearest(path)}).",
            f"give this user the right to it, or set {setting} to another folder",
        ) from error


def _nearest(path: Path) -> Path:
    return next(found for found in (path, *path.parents) if os.path.exists(found))  # Path.exists() may raise
