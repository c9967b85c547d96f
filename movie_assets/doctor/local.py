"""Health checks of this machine: ruleset and references, output folders, the warehouse's file."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from movie_assets.errors import PipelineError
from movie_assets.feed import Feed
from movie_assets.findings import Finding, attempt
from movie_assets.judging.ruleset import load_ruleset
from movie_assets.settings import Settings


def files(settings: Settings, feed: Feed) -> Iterator[Finding]:
    """Check the ruleset, every reference, and the feed's declaration."""
    yield attempt("ruleset", feed.ruleset.name, lambda: _ruleset(feed))
    for alias, path in settings.reference_files.items():
        yield attempt("reference", alias, partial(_readable, path))
    yield attempt("feed", feed.name, lambda: _declared(feed))


def _declared(feed: Feed) -> str:
    feed.validate()
    return f"{len(feed.contract.names)} columns, {feed.table}"


def _ruleset(feed: Feed) -> str:
    found = load_ruleset(feed.ruleset, feed.set_by("ruleset"))
    return f"{len(found.ruleset.rules)} rules, {feed.ruleset}"


def _readable(path: Path) -> str:
    try:
        with path.open("rb"):
            return str(path)
    except OSError as error:
        raise PipelineError(f"Can't read {path}: {error.strerror}.", "correct MOVIES_REFERENCES") from error
