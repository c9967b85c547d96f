"""What the engine's errors mean to a person: one sentence each, without its names, its advice and its SQL."""

import re


def said(error: Exception) -> str:
    """What went wrong, in one sentence without a full stop."""
    told = re.split(r"\n\s*(?:Possible|LINE 1:)", str(error).removeprefix("Invalid Input Error: "))[0]
    return "; ".join(line.strip()[:200] for line in told.splitlines() if line.strip())
