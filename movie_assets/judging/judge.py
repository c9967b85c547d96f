"""Judges one day: read, cast, judge, validate by the contract, write, publish."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

from movie_assets.contract import Contract
from movie_assets.dqdl.declaring.file_source import FileFact, FileSource, digest_of, local_files
from movie_assets.dqdl.declaring.plan import Options
from movie_assets.dqdl.engines.base import EngineError
from movie_assets.dqdl.engines.duckdb.engine import DuckDBEngine
from movie_assets.dqdl.engines.duckdb.loading import load_references
from movie_assets.dqdl.errors import EvaluationError
from movie_assets.dqdl.evaluation import glue
from movie_assets.dqdl.evaluation.evaluator import Judged, judge
from movie_assets.dqdl.evaluation.outcomes import score
from movie_assets.dqdl.sql.columns import Schema
from movie_assets.errors import PipelineError
from movie_assets.feed import Feed
from movie_assets.judging.cells import computed_columns, lay_views
from movie_assets.judging.history import earlier_values
from movie_assets.judging.ruleset import LoadedRuleset
from movie_assets.judging.samples import failing_rows
from movie_assets.judging.tables import LINES, UNREADABLE
from movie_assets.lake.base import DATASETS, Lake, file_name
from movie_assets.model import DayReport, LandedFile, RuleReport
from movie_assets.reading.reader import ReadReport, read_lines
from movie_assets.settings import Settings

Progress = Callable[[str], None]


class ConservationError(PipelineError):
    """The counts don't add up to the lines of the file: nothing is published."""


def judge_day(
    lake: Lake,
    feed: Feed,
    day: date,
    *,
    loaded: LoadedRuleset,
    settings: Settings,
    run_id: str,
    now: datetime,
    progress: Progress = lambda step: None,
) -> DayReport:
    """Judge the day's landed file, write its files and publish its manifest, which is the report.

    One evaluation of a day runs at a time. Until the manifest is published, readers see the earlier evaluation.

    Raises: NoLandedFileError, HeaderError and other PipelineErrors for a file that can't be judged; LakeError;
    DayLockedError; ConservationError; EvaluationError, if the engine runs out of memory or disk.
    """
    feed.validate()
    evaluation_id = uuid4().hex
    with lake.lock(day):
        landed = lake.landed(day)
        engine = DuckDBEngine.open(
            memory_limit_mb=settings.memory_limit_mb,
            threads=settings.threads,
            rule_timeout=settings.rule_timeout_seconds,
        )
        with _as_evaluation_errors(day), engine, ExitStack() as staged:
            earlier = earlier_values(lake, day, loaded.ruleset)
            progress("reading")
            with lake.local_copy(landed) as path:
                read = _read(engine, path, feed.contract, settings)
                references = _load_references(engine, settings)
                paths = {name: staged.enter_context(lake.stage(name, day, evaluation_id)) for name in DATASETS}
                engine.lock_down(paths.values())  # a ruleset is untrusted input, not a program
                progress("judging")
                options = Options(nulls=settings.nulls, now=now, files=_files(landed, path, settings))
                judged = judge(engine, loaded.ruleset, options, references, earlier)
            progress("writing")
            from movie_assets.judging.writing import write_day

            written = write_day(
                engine,
                judged,
                feed.contract,
                paths,
                evaluation_id=evaluation_id,
                ruleset_hash=loaded.hash,
                batch_rows=settings.batch_rows,
            )
            rules = _rule_reports(judged, loaded, failing_rows(engine, judged, feed.title, settings.sample_rows))
        report = DayReport(
            evaluation_id=evaluation_id,
            run_id=run_id,
            day=day,
            evaluated_at=now,
            source=landed,
            ruleset_name=loaded.name,
            ruleset_hash=loaded.hash,
            nulls=settings.nulls,
            lines=read.lines,
            accepted=written.accepted,
            quarantined=written.quarantined,
            unreadable=read.unreadable,
            extra_columns=read.extra_columns,
            score=score(judged.rule_outcomes) if judged.rule_outcomes else None,
            rules=rules,
            files={dataset: (file_name(dataset, evaluation_id),) for dataset in DATASETS},
            metrics=judged.metrics,
            observations=tuple(glue.observation(found) for found in judged.observations),
        )
        _conserve(report)
        lake.publish(report)
        lake.prune(day)
    return report


@contextmanager
def _as_evaluation_errors(day: date) -> Iterator[None]:
    try:
        yield
    except EngineError as error:
        raise EvaluationError(f"the engine can't judge {day}: {error}") from error


def _read(engine: DuckDBEngine, path: Path, contract: Contract, settings: Settings) -> ReadReport:
    """Fill ``lines`` and create the views that the rules see."""
    with engine.readable():
        read = read_lines(
            engine.connection,
            path,
            match_header=contract.match_header,
            computed=lambda: computed_columns(contract),
            table=LINES,
            unreadable_table=UNREADABLE,
            unreadable_limit=settings.unreadable_limit,
        )
    lay_views(engine, contract)
    return read


def _load_references(engine: DuckDBEngine, settings: Settings) -> dict[str, Schema]:
    try:
        return load_references(engine, settings.reference_files)
    except EvaluationError as error:
        raise PipelineError(f"The ruleset's tables: {error}.", "MOVIES_REFERENCES names alias=path,...") from error


def _files(landed: LandedFile, path: Path, settings: Settings) -> FileSource:
    """The files for file rules: without a path, the landed one, with the time of its landing."""
    own = FileFact(landed.uri, landed.name, landed.size, landed.landed_at, partial(digest_of, path))
    others = local_files(roots=settings.file_root_folders, setting="MOVIES_FILE_ROOTS")
    return lambda asked: [own] if asked is None else others(asked)


def _rule_reports(
    judged: Judged, loaded: LoadedRuleset, samples: Sequence[Sequence[Mapping[str, object]]]
) -> tuple[RuleReport, ...]:
    return tuple(
        RuleReport(
            rule=str(outcome.rule),
            check_name=name,
            outcome=outcome.outcome,
            failure_reason=outcome.failure_reason,
            metrics=outcome.metrics,
            evaluated_rule=outcome.evaluated_rule,
            rows_failed=outcome.rows_failed,
            dataset_level=outcome.rows_failed is None,
            failing_rows=tuple(sample),
        )
        for outcome, name, sample in zip(judged.rule_outcomes, loaded.check_names, samples, strict=True)
    )


def _conserve(report: DayReport) -> None:
    if not report.conserved:
        raise ConservationError(
            f"{report.source.uri}: {report.lines} lines went in, but {report.accepted} accepted + "
            f"{report.quarantined} quarantined + {report.unreadable} unreadable came out; nothing was published.",
            "this is a fault of the program: please report it with the file",
        )


__all__ = ["ConservationError", "Progress", "judge_day"]
