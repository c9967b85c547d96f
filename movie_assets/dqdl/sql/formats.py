"""Formats of dates in Java's letters, as the engine writes and reads them."""

import re

from movie_assets.dqdl.sql.refusal import SqlRefusedError
from movie_assets.quoting import literal

DEFAULT = "yyyy-MM-dd HH:mm:ss"

_PIECE = re.compile(r"'(?P<plain>(?:[^']|'')*)'|(?P<letters>([A-Za-z])\3*)|(?P<other>.)", re.DOTALL)
_LETTERS = {
    "y": "%Y", "yyyy": "%Y", "yy": "%y", "M": "%-m", "MM": "%m", "MMM": "%b", "LLL": "%b", "MMMM": "%B", "LLLL": "%B",
    "d": "%-d", "dd": "%d", "D": "%-j", "DDD": "%j", "E": "%a", "EE": "%a", "EEE": "%a", "EEEE": "%A",
    "H": "%-H", "HH": "%H", "h": "%-I", "hh": "%I", "m": "%-M", "mm": "%M", "s": "%-S", "ss": "%S", "a": "%p",
    "SSS": "%g", "SSSSSS": "%f", "SSSSSSSSS": "%n",
}  # fmt: skip
_ZONES = {"X": "Z", "XX": "Z", "XXX": "Z", "Z": "+0000", "z": "UTC", "VV": "UTC"}
"""Zones, and what is written for them: every moment is in UTC."""
_READ_ZONES = ("XX", "XXX", "Z")
_YEARS = 70
"""Between 1900, the engine's year where a text says none, and Spark's 1970."""


def formatted(moment: str, java: str) -> str:
    """A moment as text."""
    return f"strftime({moment}, {literal(''.join(_pieces(java, {**_LETTERS, **_ZONES})))})"


def parsed(text: str, java: str) -> str:
    """The moment that a text gives, null where it gives none."""
    pieces = list(_pieces(java, {**_LETTERS, **dict.fromkeys(_READ_ZONES, "%z")}))
    if pieces[-1:] == ["%z"] and java.endswith("X"):
        text = f"regexp_replace({text}, 'Z$', '+00:00')"
    moment = f"try_strptime({text}, {literal(''.join(pieces))})"
    if "%z" in pieces:
        moment = f"make_timestamp(epoch_us({moment}))"
    if "%y" in pieces:  # 95 is 2095
        return f"CASE WHEN year({moment}) < 2000 THEN {moment} + to_years(100) ELSE {moment} END"
    return moment if "%Y" in pieces else f"({moment} + to_years({_YEARS}))"


def _pieces(java: str, letters: dict[str, str]) -> list[str]:
    found = []
    for piece in _PIECE.finditer(java):
        if piece["letters"]:
            if piece["letters"] not in letters:
                raise SqlRefusedError(f"'{piece['letters']}' in the format '{java}' of a date is not known here")
            found.append(letters[piece["letters"]])
        elif piece["other"] and piece["other"] in "[]'#{}":
            raise SqlRefusedError(f"{piece['other']} in the format {java} of a date is not known here")
        else:
            plain = piece["other"] or (piece["plain"] or "''").replace("''", "'")  # two quotes are one
            found.append(plain.replace("%", "%%"))
    return found
