"""The whole job as a process: CSV, rules, row lists, contract, accepted and quarantined Parquet.

Usage: python -m benchmarks.whole_job CSV FOLDER. The file is linked into the lake, not copied: landing is not the job.
"""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

from movie_assets.judging.judge import judge_day
from movie_assets.judging.ruleset import load_ruleset
from movie_assets.lake import open_lake
from movie_assets.settings import settings
from movie_assets_tests.support.feeds import FEED

DAY = date(2024, 3, 24)


def main(source: Path, folder: Path) -> None:
    found = settings()
    landing = folder / "lake" / "landing" / f"ingest_date={DAY}"
    landing.mkdir(parents=True, exist_ok=True)
    if not (landing / source.name).exists():
        (landing / source.name).hardlink_to(source)
    report = judge_day(
        open_lake(str(folder / "lake")),
        FEED,
        DAY,
        loaded=load_ruleset(found.ruleset),
        settings=found,
        run_id="bench",
        now=datetime.now(UTC),
    )
    print(
        f"{report.lines} lines = {report.accepted} accepted + {report.quarantined} quarantined + "
        f"{report.unreadable} unreadable; {report.rules_passed} of {len(report.rules)} rules passed"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
