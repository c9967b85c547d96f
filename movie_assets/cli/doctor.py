"""`movies doctor`: what is configured, and whether it works."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from movie_assets.cli.options import JSON, chosen, console
from movie_assets.visible import as_json

if TYPE_CHECKING:
    from movie_assets.findings import Finding

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red"}
_INDENT = 16


@click.command()
@JSON
@click.option("--send", is_flag=True, help="Really send a test alert; without it the line says what was not verified.")
def doctor(json: bool, send: bool) -> None:
    """Check everything that the settings name, and tell what fails, why, and the likely fix.

    Nothing is changed, and nobody is told unless --send is given.

    Exit code 0: nothing failed; 1: something did; 2: could not be tried (settings that are refused).
    """
    from movie_assets.doctor import examine

    found = []
    for finding in examine(*chosen(), send=send):
        found.append(finding)
        if not json:
            _print(finding)
    failed = any(finding.status == "failed" for finding in found)
    if json:
        console().print(as_json({"ok": not failed, "findings": [_plain(finding) for finding in found]}))
    else:
        console().print(_summary(found))
    if failed:
        raise SystemExit(1)


def _print(finding: "Finding") -> None:
    said = f": {finding.said}" if finding.said else ""
    # An error may have several lines, such as a ruleset's caret: keep their alignment.
    text = f"{finding.service}, {finding.examination}{said}".replace("\n", "\n" + " " * _INDENT)
    out = console()
    out.print(f"{finding.status:{_INDENT}}", style=_COLOURS.get(finding.status), end="")
    out.print(text)
    if finding.hint:
        out.print(f"{'':{_INDENT}}Hint: {finding.hint}")


def _plain(finding: "Finding") -> dict[str, str | None]:
    return {name: getattr(finding, name) for name in ("service", "examination", "status", "said", "hint")}


def _summary(found: "Iterable[Finding]") -> str:
    counts = Counter(finding.status for finding in found)
    return ", ".join(f"{count} {status}" for status, count in counts.items())
