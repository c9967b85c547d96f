"""`movies status`: every known day, and its state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from movie_assets.cli.printing import count
from movie_assets.errors import LakeError
from movie_assets.feed import Feed
from movie_assets.lake import Arrival, Lake, configured_lake
from movie_assets.lake.arrived import is_old
from movie_assets.model import DayReport
from movie_assets.settings import Settings
from movie_assets.warehouse import configured_warehouse

if TYPE_CHECKING:
    from movie_assets.cli.terminal import Listing


@dataclass(frozen=True, slots=True)
class DayState:
    """The state of a day: its evaluation, its rows in the table (None: not loaded), and why its newest run failed."""

    day: date
    report: DayReport | None
    rows: int | None
    state: str
    problem: str | None

    def to_json(self) -> dict[str, Any]:
        report = self.report
        return {
            "day": self.day.isoformat(),
            "state": self.state,
            "problem": self.problem,
            "evaluation_id": report and report.evaluation_id,
            "lines": report and report.lines,
            "accepted": report and report.accepted,
            "quarantined": report and report.quarantined,
            "unreadable": report and report.unreadable,
            "rules_passed": report and report.rules_passed,
            "rules": report and len(report.rules),
            "score": report and report.score,
            "rows_loaded": self.rows,
        }


def day_states(settings: Settings, feed: Feed) -> list[DayState]:
    """The days that landed, were judged, are loaded or were tried, ascending."""
    lake, warehouse = configured_lake(settings, feed), configured_warehouse(settings, feed)
    loaded, evaluations = warehouse.loaded(), warehouse.evaluations()
    arrivals = {arrival.day: arrival for arrival in lake.arrivals()}  # the last of several files is the day's
    problems = _problems(settings, feed)
    found = []
    for day in sorted({*arrivals, *lake.days(), *loaded, *problems}):
        try:
            report = lake.report(day)
        except LakeError as error:  # a damaged day must not hide the others
            found.append(DayState(day, None, loaded.get(day), "damaged", str(error)))
            continue
        state = _state(lake, report, arrivals.get(day), day in loaded, evaluations.get(day))
        found.append(DayState(day, report, loaded.get(day), state, problems.get(day)))
    return found


def _state(lake: Lake, report: DayReport | None, arrival: Arrival | None, loaded: bool, evaluation: str | None) -> str:
    if report is None:
        return "missing" if arrival is None else "not judged"
    if arrival is not None and not is_old(lake, arrival, report.source):
        return "newer file landed"
    if not loaded:
        return "judged, not loaded"
    return "loaded" if evaluation == report.evaluation_id else "table is older"


def _problems(settings: Settings, feed: Feed) -> Mapping[date, str | None]:
    """Why the newest run of each day failed; None if it did not."""
    if not settings.dagster_home.exists():
        return {}
    from movie_assets.pipeline.home import open_instance  # imports Dagster: a second and a half
    from movie_assets.pipeline.keys import Keys
    from movie_assets.pipeline.problems import newest_runs, problem_of

    with open_instance(settings) as instance:
        return {day: problem_of(instance, run.run_id) for day, run in newest_runs(instance, Keys(feed)).items()}


def listed(days: list[DayState], most: int | None = None) -> "Listing":
    """A line per day: counts, score, state; the middle of a state longer than `most` is cut out."""
    from movie_assets.cli.terminal import ListColumn, Listing

    numbers = ("lines", "accepted", "quarantined", "unreadable", "score")
    made = Listing("day", *(ListColumn(name, number=True) for name in numbers), ListColumn("state", most=most))
    for day in days:
        report = day.report
        counts = (report.lines, report.accepted, report.quarantined, report.unreadable) if report else (None,) * 4
        score = "-" if report is None or report.score is None else f"{report.score:.4f}"
        failed = f"; failed: {day.problem}" if day.problem else ""
        style = None if day.state == "loaded" and not failed else "red"
        made.add(str(day.day), *map(count, counts), score, f"{day.state}{failed}", style=style)
    return made
