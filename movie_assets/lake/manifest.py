"""The manifest as bytes, and the errors of days that don't match their manifest: the same for every lake."""

import json
from collections.abc import Sequence
from datetime import date

from movie_assets.errors import EvaluationReplacedError, LakeError, NoLandedFileError, PipelineError
from movie_assets.model import DayReport
from movie_assets.program import command


def encode(report: DayReport) -> bytes:
    """One line, because Athena reads JSON by lines."""
    content = json.dumps(report.to_json(), ensure_ascii=False, allow_nan=False) + "\n"
    return content.encode("utf-8", "backslashreplace")


def decode(content: bytes, day: date, place: str, feed: str) -> DayReport:
    """The report that `encode` wrote.

    Raises:
        LakeError: it is not a report; names the place it was read from.
    """
    try:
        return DayReport.from_json(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LakeError(
            f"{place} is not a report of a judged day.", f"judge the day again: {command(f'run --day {day}', feed)}"
        ) from error


def not_there(day: date, place: str) -> LakeError:
    return LakeError(f"Can't publish {day}: its report names {place}, which is not there.")


def gone(report: DayReport, current: DayReport | None, missing: Sequence[str], feed: str) -> PipelineError:
    """Why files that a report names are missing: a later evaluation replaced it, or they were lost."""
    if current is None or current.evaluation_id != report.evaluation_id:
        return EvaluationReplacedError(
            f"Evaluation {report.evaluation_id} of {report.day} has been replaced"
            f"{f' by {current.evaluation_id}' if current else ''}; its files are gone.",
            "use the later evaluation: run the steps after it again",
        )
    return LakeError(
        f"{', '.join(missing)} is missing, though the day's report names it.",
        f"judge the day again: {command(f'run --day {report.day}', feed)}",
    )


def nothing_landed(day: date, place: str, feed: str) -> NoLandedFileError:
    return NoLandedFileError(
        f"No file has landed for {day}: looked for {place}.",
        f"land one with: {command(f'land FILE --day {day}', feed)}",
    )


def replaced(place: str) -> LakeError:
    return LakeError(f"{place} is not the file that landed any more: another took its place.", "run the day again")


def nothing_written(temporary: object, final: object) -> LakeError:
    return LakeError(f"Nothing was written to {temporary}, which is to become {final}.")
