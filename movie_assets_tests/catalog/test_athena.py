"""Athena's results for a judged day match its manifest; its errors are readable."""

import json
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.config import Config

from movie_assets.aws.services import make_client
from movie_assets.catalog import Athena
from movie_assets.errors import CatalogError
from movie_assets.lake.base import DATASETS
from movie_assets.model import DayReport
from movie_assets_tests.support.catalogs import OnAws, on_aws
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.judging import csv_of
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.readme import ROOT

FILMS = csv_of(
    [
        {},
        {"Series_Title": 'She said "no", twice'},
        {"Series_Title": "", "Meta_score": ""},
        {"IMDB_Rating": "12.5"},
        {"No_of_Votes": "many"},
    ]
)
RULES = 'IsComplete "meta_score", ColumnValues "imdb_rating" <= 10, RowCount = 99'
UNREADABLE = "a,line,of,its,own\n"


@dataclass(frozen=True)
class Judged:
    aws: OnAws
    report: DayReport


def judge(aws: OnAws) -> Judged:
    report = aws.judge(FILMS + UNREADABLE, RULES)
    assert (report.accepted, report.quarantined, report.unreadable) == (2, 3, 1)
    aws.sync()
    return Judged(aws, report)


@pytest.fixture(scope="module")
def judged(ministack: Ministack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    """A judged day that tests only look at."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in ministack.environment().items():
            environment.setenv(name, value)
        ministack.client("s3").create_bucket(Bucket="a-judged-day")
        yield judge(on_aws(ministack, "a-judged-day", tmp_path_factory.mktemp("judged")))


def counted(aws: OnAws, table: str) -> int:
    [[found]] = aws.rows(f"SELECT count(*) FROM {table} WHERE ingest_date = DATE '{DAY}'")
    assert found is not None
    return int(found)


def test_every_table_has_the_rows_that_the_manifest_counts(judged: Judged) -> None:
    tables = ("raw", "validated", "bad_data", "unreadable", "rule_outcome", "evaluation")
    assert {table: counted(judged.aws, table) for table in tables} == {
        "raw": judged.report.lines,
        "validated": judged.report.accepted,
        "bad_data": judged.report.quarantined,
        "unreadable": judged.report.unreadable,
        "rule_outcome": len(judged.report.rules),
        "evaluation": 1,
    }


def test_bad_rows_can_be_asked_for_by_rule_and_by_violation(judged: Judged) -> None:
    rules = f"CROSS JOIN UNNEST(dataqualityrulesfail) AS r(rule) WHERE ingest_date = DATE '{DAY}'"
    assert judged.aws.rows(f"SELECT rule, count(*) FROM bad_data {rules} GROUP BY 1 ORDER BY 1") == [
        ('ColumnValues "imdb_rating" <= 10', "1"),
        ('IsComplete "meta_score"', "1"),
    ]
    assert judged.aws.rows("SELECT line_number, violations[1].value FROM bad_data WHERE violations IS NOT NULL") == [
        ("6", "many")
    ]
    assert judged.aws.rows(
        "SELECT outcome, evaluatedmetrics['Dataset.*.RowCount'] FROM rule_outcome WHERE failedcount = 0"
    ) == [("Failed", "5.0")]


def test_raw_has_the_cells_as_they_landed(judged: Judged) -> None:
    found = judged.aws.rows("SELECT series_title, imdb_rating FROM raw WHERE gross LIKE '28%' AND series_title <> ''")
    assert sorted(found) == [
        ('She said "no", twice', "9.3"),
        ("The Quiet Harbour", "12.5"),
        ("The Quiet Harbour", "9.3"),
        ("The Quiet Harbour", "9.3"),
    ]


def test_a_day_judged_after_the_sync_is_there_at_once(aws: OnAws) -> None:
    aws.sync()
    report = aws.judge(FILMS, RULES)
    assert counted(aws, "bad_data") == report.quarantined == 3


def another_evaluation(path: Path, copy: Path) -> None:
    """The same rows under another id."""
    if path.suffix == ".jsonl":
        rows = [json.loads(line) | {"evaluation_id": "another"} for line in path.read_text().splitlines()]
        copy.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return
    table = pq.read_table(path)
    if "evaluation_id" in table.column_names:
        place = table.column_names.index("evaluation_id")
        table = table.set_column(place, "evaluation_id", pa.array(["another"] * table.num_rows, pa.string()))
    pq.write_table(table, copy)


def test_files_that_no_manifest_names_are_told_by_their_evaluation(aws: OnAws) -> None:
    """As in the moments between the files of a day's next evaluation and its manifest."""
    report = judge(aws).report
    for dataset in DATASETS:
        with aws.lake.local_files(report, dataset) as [path], aws.lake.stage(dataset, DAY, "unpublished") as copy:
            another_evaluation(path, copy)
    assert counted(aws, "bad_data") == 2 * report.quarantined
    guarded = "{} JOIN evaluation USING (ingest_date, evaluation_id)"
    assert counted(aws, guarded.format("bad_data")) == report.quarantined
    assert counted(aws, guarded.format("unreadable")) == report.unreadable
    assert counted(aws, guarded.format("rule_outcome")) == len(report.rules)


def test_the_manifest_says_which_evaluation_and_of_what(judged: Judged) -> None:
    asked = "evaluation_id, lines, score, source.uri, files.bad_data[1], excluded"
    assert judged.aws.rows(f"SELECT {asked} FROM evaluation") == [
        (
            judged.report.evaluation_id,
            "6",
            str(judged.report.score),
            judged.report.source.uri,
            judged.report.files["bad_data"][0],
            "false",
        )
    ]


def test_the_documented_queries(judged: Judged) -> None:
    documented = (ROOT / "docs" / "aws.md").read_text()
    queries = re.findall(r'^movies catalog query "((?:[^"\\]|\\.)*)"', documented, re.MULTILINE)
    assert [judged.aws.rows(query.replace('\\"', '"')) for query in queries] == [
        [
            ("4", "", 'IsComplete "meta_score"'),
            ("5", "The Quiet Harbour", 'ColumnValues "imdb_rating" <= 10'),
        ],
        [("6", "no_of_votes", "many", "is not a whole number within 64 bits")],
        [(str(DAY), "6", "2", "3", "1", str(judged.report.score))],
    ]


def test_answers_of_many_pages_with_nulls(aws: OnAws) -> None:
    answer = aws.athena.query("SELECT i, CASE WHEN i % 2 = 0 THEN 'even' END AS word FROM range(2500) AS t(i)")
    assert (answer.names, answer.types) == (("i", "word"), ("bigint", "varchar"))
    rows = list(answer.rows)
    assert (len(rows), rows[0], rows[1], rows[-1]) == (2500, ("0", "even"), ("1", None), ("2499", None))
    assert len({row[0] for row in rows}) == 2500


def test_an_answer_without_a_header_row_keeps_its_first_row(aws: OnAws) -> None:
    assert [row[0] for row in aws.athena.query("DESCRIBE SELECT 1 AS one, 2 AS two").rows] == ["one", "two"]


def test_metrics_that_are_no_numbers_leave_the_outcomes_readable(aws: OnAws) -> None:
    aws.sync()
    rules = 'ColumnCorrelation "meta_score" "no_of_votes" > 0, Sum "imdb_rating" > 0'
    aws.judge(csv_of([{"IMDB_Rating": "1.7e308"}, {"IMDB_Rating": "1.7e308"}]), rules)
    with aws.lake.local_files(report_of(aws), "rule_outcome") as [path]:
        metrics = [
            json.loads(line, parse_constant=pytest.fail)["EvaluatedMetrics"] for line in path.read_text().splitlines()
        ]
    assert metrics == [{"Multicolumn.meta_score,no_of_votes.ColumnCorrelation": None}, {"Column.imdb_rating.Sum": None}]
    assert aws.rows("SELECT outcome FROM rule_outcome ORDER BY rule") == [("Failed",), ("Passed",)]


def report_of(aws: OnAws) -> DayReport:
    report = aws.lake.report(DAY)
    assert report is not None
    return report


def test_a_query_that_gives_no_rows(judged: Judged) -> None:
    assert judged.aws.rows("SELECT * FROM bad_data WHERE line_number < 0") == []


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        (
            "SELECT * FROM nowhere",
            "nowhere does not exist",
            "movies catalog show lists the tables; movies catalog sync",
        ),
        ("SELECT nothing FROM bad_data", '"nothing" not found', "correct the query; movies catalog show lists tables"),
        ("SELEC 1", "syntax error", "correct the query"),
        ("CREATE TABLE bad_data (a string)", "External keyword required", "correct the query"),
    ],
    ids=["no such table", "no such column", "not SQL", "refused at once"],
)
def test_a_query_that_is_wrong(judged: Judged, sql: str, message: str, hint: str) -> None:
    with pytest.raises(CatalogError, match=message) as caught:
        judged.aws.athena.query(sql)
    assert (caught.value.hint or "").startswith(hint)


@pytest.mark.parametrize("workgroup", ["primary", "not-there"], ids=["no output location", "no such workgroup"])
def test_a_workgroup_that_can_not_be_used(aws: OnAws, workgroup: str) -> None:
    with pytest.raises(CatalogError) as caught:
        Athena("movies", workgroup).query("SELECT 1")
    assert caught.value.message.startswith(
        "Can't ask Athena: Athena StartQueryExecution: answers have no place to go, or there is no such workgroup "
        "(InvalidRequestException: No output location provided."
    )
    assert caught.value.hint == (
        f"give the Athena workgroup {workgroup} an output location on S3, or correct MOVIES_ATHENA_WORKGROUP"
    )


SLOW = "SELECT sleep_ms(5000)"


def states(aws: OnAws) -> list[tuple[str, str]]:
    """Statement and state of every query of the workgroup."""
    athena = aws.server.client("athena")
    ids = athena.list_query_executions(WorkGroup=aws.settings.athena_workgroup)["QueryExecutionIds"]
    found = [athena.get_query_execution(QueryExecutionId=one)["QueryExecution"] for one in ids]
    return [(one["Query"], one["Status"]["State"]) for one in found]


def test_a_query_that_takes_too_long_is_stopped(aws: OnAws) -> None:
    with pytest.raises(CatalogError, match=r"not done after 0 s; it was told to stop") as caught:
        aws.athena.query(SLOW, wait_seconds=0)
    assert caught.value.hint is not None
    assert "--wait" in caught.value.hint
    assert states(aws) == [(SLOW, "CANCELLED")]


def test_a_query_given_up_by_ctrl_c_is_stopped(aws: OnAws) -> None:
    def client(service: str, region: str | None, config: Config) -> Any:
        made = make_client(service, region, config)
        made.meta.events.register(  # the person presses it while the first look at the query is under way
            "before-send.athena.GetQueryExecution", lambda **_: signal.raise_signal(signal.SIGINT)
        )
        return made

    athena = Athena(aws.athena.database, aws.athena.workgroup, client_factory=client)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs tests in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            athena.query(SLOW)
    finally:
        signal.signal(signal.SIGINT, before)
    assert states(aws) == [(SLOW, "CANCELLED")]
