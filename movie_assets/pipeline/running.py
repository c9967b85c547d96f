"""Runs days in this process, on the Dagster instance that the UI shows."""

import os
from dataclasses import dataclass
from datetime import date
from socket import gethostname

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.execution.api import execute_run
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin

from movie_assets.errors import PipelineError
from movie_assets.feed import Feed
from movie_assets.pipeline.problems import problem_of
from movie_assets.pipeline.reporting import skip_checks

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Run config: events go to the instance, nothing to the terminal."""

PROCESS = ".dagster/movie_assets_process"
"""The tag of a run made here, with its host and process. Dagster's UI hides tags of this prefix."""

CODE_LOCATION = "movie_assets.definitions"
"""The name of the UI's code location: its timeline shows only runs of code locations."""


class InterruptedRunError(PipelineError):
    """The run was stopped by Ctrl-C."""


@dataclass(frozen=True, slots=True)
class DayRun:
    """The result of a day's run; `problem` says why it failed, None if it succeeded."""

    day: date
    run_id: str
    problem: str | None


def run_day(feed: Feed, job: dg.JobDefinition, instance: dg.DagsterInstance, day: date) -> DayRun:
    """Run the job for a day, in this process; a failed run is returned, not raised.

    Raises: InterruptedRunError, on Ctrl-C.
    """
    interrupted = InterruptedRunError(
        f"Stopped at {day}; nothing is half-written.", f"go on with: {feed.command(f'run --day {day}')}"
    )
    try:
        run = _create_run(job, instance, day)
        result = execute_run(InMemoryJob(job), run, instance)
    except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError) as error:
        raise interrupted from error
    if not result.success and _was_interrupted(result):
        raise interrupted
    return DayRun(day, result.run_id, problem_of(instance, result.run_id))


def _create_run(job: dg.JobDefinition, instance: dg.DagsterInstance, day: date) -> dg.DagsterRun:
    """As `execute_in_process` does, which can't set a code location."""
    repository = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(CODE_LOCATION), SINGLETON_REPOSITORY_NAME)
    return instance.create_run_for_job(
        job,
        run_config=QUIET,
        tags={
            **job.run_tags,
            **job.get_tags_for_partition_key(day.isoformat(), selected_asset_keys=None),
            PROCESS: f"{gethostname()}:{os.getpid()}",
        },
        remote_job_origin=repository.get_job_origin(job.name),
    )


def close_killed_runs(instance: dg.DagsterInstance) -> list[str]:
    """End the runs of killed processes and return their ids; otherwise they would block the queue forever."""
    started = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    killed = [run for run in started if _is_dead(run.tags.get(PROCESS, ""))]
    for run in killed:
        instance.report_run_failed(run, "The process of this run was killed. What it had not finished does not count.")
        skip_checks(instance, run.run_id)
        if instance.event_log_storage.supports_global_concurrency_limits:  # or the next run waits for its slot forever
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in killed]


def _is_dead(process: str) -> bool:
    """Whether a process of this host is gone; nothing is known of other hosts."""
    host, _, pid = process.rpartition(":")
    if host != gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _was_interrupted(result: dg.JobExecutionResult) -> bool:
    """Whether a step ended by Ctrl-C, in Dagster's words or in DuckDB's."""
    for event in result.all_events:
        error = event.step_failure_data.error if event.is_step_failure else None
        while error:
            if error.cls_name == "DagsterExecutionInterruptedError" or "Query interrupted" in error.message:
                return True
            error = error.cause
    return False
