"""Every environment variable of the product, once: name, default, unit, meaning. Read when called, not at import."""

import os
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from movie_assets.errors import SettingsError, nearest
from movie_assets.program import PREFIX
from movie_assets.setting_types import (
    Count,
    DagsterHome,
    Day,
    Folders,
    LocalPath,
    Location,
    References,
    Seconds,
    Share,
    Timezone,
    folders,
    references,
)

PACKAGED_RULESET = Path(__file__).parent / "movies" / "imdb_movies_rating.dqdl"


class Settings(BaseSettings):
    """The settings from the environment. Paths are absolute: relative ones start at the current folder."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        validate_default=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    lake: Location = Field(
        default=".movies/lake",
        description="Folder of the lake, or `s3://bucket/prefix`: landed files and judged days. "
        "S3's region, credentials and endpoint come from AWS's own variables and files.",
    )
    s3_encryption: Literal["none", "AES256", "aws:kms"] = Field(
        default="none",
        description="Server-side encryption of S3 objects: `AES256`, `aws:kms`, or `none` for the bucket's default.",
    )
    s3_kms_key: str | None = Field(
        default=None, description="Id, ARN or alias of the KMS key for `aws:kms`; by default AWS's own key for S3."
    )
    warehouse: Location = Field(
        default=".movies/warehouse.duckdb",
        description="DuckDB file the accepted rows are loaded into, or `redshift://host:5439/database`; "
        "Redshift needs a lake on S3. A private certificate authority goes into OpenSSL's own `SSL_CERT_FILE`.",
    )
    redshift_workgroup: str | None = Field(
        default=None, description="Redshift Serverless workgroup to log in to by this process's AWS role."
    )
    redshift_cluster: str | None = Field(
        default=None,
        description="Redshift cluster to log in to by this process's AWS role, as the user of MOVIES_REDSHIFT_USER.",
    )
    redshift_secret: str | None = Field(
        default=None,
        description="ARN or name of the Secrets Manager secret that has the database's `username` and `password`.",
    )
    redshift_user: str | None = Field(
        default=None, description="Database user on Redshift, with a cluster or with a password."
    )
    redshift_password: SecretStr | None = Field(
        default=None, description="Password of MOVIES_REDSHIFT_USER; a role or a secret is the better way."
    )
    redshift_copy_role: str = Field(
        default="default",
        description="ARN of the role by which Redshift's COPY reads the lake's `validated/`, or `default`: "
        "the one set as default at the namespace or cluster.",
        pattern=r"^(default|arn:[\w-]+:iam::\d{12}:role/[\w+=,.@/:-]+)$",
        examples=["arn:aws:iam::123456789012:role/redshift-copy"],
    )
    redshift_timeout_seconds: int = Field(
        default=900,
        ge=1,
        description="How long one statement on Redshift may take, its wait for the table's lock included, in seconds.",
    )
    outbox: LocalPath = Field(default=Path(".movies/alerts"), description="Folder for alerts.")
    sns_topic: str | None = Field(
        default=None,
        description="ARN of the SNS topic that gets the alerts of failed runs and rules too, "
        "with message attributes to filter by.",
        pattern=r"^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?$",
        examples=["arn:aws:sns:eu-central-1:123456789012:alerts"],
    )
    event_bus: str | None = Field(
        default=None,
        description="Name or ARN of the EventBridge bus that gets an event in Glue's format for every evaluation.",
        pattern=r"^(arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:event-bus/)?[A-Za-z0-9_./-]+$",
        examples=["default"],
    )
    cloudwatch_metrics: bool = Field(
        default=False,
        description="Whether to publish rules passed and failed to CloudWatch, under `Glue Data Quality`, "
        "for every evaluation.",
    )
    glue_database: str | None = Field(
        default=None,
        description="Database of the Glue Data Catalog for the lake's tables: see `catalog sync`.",
        pattern=r"^[a-z0-9_]{1,255}$",
        examples=["movies"],
    )
    athena_workgroup: str | None = Field(
        default=None,
        description="Athena workgroup for `catalog query`.",
        pattern=r"^[A-Za-z0-9._-]{1,128}$",
        examples=["movies-queries"],
    )
    dagster_home: DagsterHome = Field(default=Path(".movies/dagster"), description="Folder of Dagster's run history.")
    ruleset: LocalPath = Field(default=PACKAGED_RULESET, description="DQDL file that judges the days.")
    references: References = Field(
        default="",
        description="Tables for the ruleset's references: `alias=path,...` of CSV or Parquet files.",
    )
    file_roots: Folders = Field(
        default="",
        description="Folders that file rules may read, beside the day's own file: `path,...`.",
        examples=["/data/deliveries,/data/checksums"],
    )
    nulls: Literal["fail", "ignore"] = Field(
        default="fail", description="What `ColumnValues` does with a null: `fail` its row, or `ignore` it."
    )
    gate: Literal["continue", "stop"] = Field(
        default="continue",
        description="Whether to `continue` with the load after a failed dataset rule, or to `stop`.",
    )
    memory_limit_mb: Count = Field(
        default=1000, ge=64, description="Memory the engine may use before it spills to disk, in MB."
    )
    threads: int = Field(
        default_factory=lambda: min(os.cpu_count() or 1, 256),
        ge=1,
        le=256,
        description="Threads of the engine, at most 256.",
    )
    rule_timeout_seconds: float = Field(
        default=300.0,
        gt=0,
        le=86_400,
        description="How long a rule may take before it is Failed, and a shared pass of rules before it is split "
        "up, in seconds.",
    )
    batch_rows: Count = Field(default=40_960, ge=1, description="Rows per batch that the contract validates, in rows.")
    unreadable_limit: Count = Field(
        default=100_000,
        ge=0,
        description="Unreadable lines a day may have before its file is rejected, in lines.",
    )
    unreadable_share: Share = Field(
        default=0.5,
        description="Share of a day's lines that may be unreadable, from 0 to 1; above it, the day is not loaded.",
    )
    quarantined_share: Share = Field(
        default=1.0,
        description="Share of a day's rows that may be quarantined, from 0 to 1; above it, the day is not loaded.",
    )
    start_date: Day = Field(default=date(2024, 3, 1), description="First day there are partitions for (YYYY-MM-DD).")
    timezone: Timezone = Field(default="UTC", description="Time zone in which a day begins and ends.")
    arrival_settle_seconds: Seconds = Field(
        default=30.0,
        description="How long a file in a folder must be untouched before the arrival sensor considers it complete, "
        "in seconds; S3 shows complete files only.",
    )
    lock_timeout_seconds: Seconds = Field(
        default=60.0, description="How long to wait for another evaluation of the same day, in seconds."
    )
    warehouse_timeout_seconds: Seconds = Field(
        default=5.0,
        description="How long to retry while another process holds the warehouse, in seconds.",
    )
    sample_rows: Count = Field(default=10, ge=0, description="Failing rows kept per rule as a sample, in rows.")

    @property
    def lake_on_s3(self) -> bool:
        return self.lake.startswith("s3://")

    @property
    def warehouse_on_redshift(self) -> bool:
        return self.warehouse.startswith("redshift://")

    @property
    def file_root_folders(self) -> tuple[Path, ...]:
        """The folders of ``file_roots``, absolute."""
        return folders(self.file_roots)

    @property
    def reference_files(self) -> dict[str, Path]:
        """The file of each reference alias."""
        return references(self.references)


def settings() -> Settings:
    """The current settings from the environment.

    Raises:
        SettingsError: `MOVIES_` variables are unknown or invalid; all at once.
    """
    fields = Settings.model_fields
    problems = []
    hints: list[str | None] = []
    for variable in sorted(os.environ):
        name = variable.upper()
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() not in fields:
            problems.append(f"{variable} is not a setting.")
            known = [_variable(field) for field in fields]
            near = nearest(name, known)
            hints.append(f"did you mean {near}?" if near else f"settings are {', '.join(known)}")
    try:
        found = Settings()
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            problem, hint = _explain(str(detail["loc"][0]), detail["msg"])
            problems.append(problem)
            hints.append(hint)
        raise SettingsError(" ".join(problems), _joined(hints)) from error
    if problems:
        raise SettingsError(" ".join(problems), _joined(hints))
    return found


def settings_table() -> str:
    """A Markdown table with a row per setting: variable, default, meaning; in the order of the fields."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        rows.append(f"| `{_variable(name)}` | {_default(name, field)} | {field.description} |")
    return "\n".join(rows)


def _variable(field: str) -> str:
    return PREFIX + field.upper()


def _default(name: str, field: FieldInfo) -> str:
    if name == "threads":
        return "the machine's cores"
    if name == "ruleset":
        return "the packaged `imdb_movies_rating.dqdl`"
    if field.default is None:
        return "none"
    return f"`{field.default}`"


def _explain(field: str, reason: str) -> tuple[str, str | None]:
    info = Settings.model_fields[field]
    variable = _variable(field)
    value = next((text for name, text in os.environ.items() if name.upper() == variable), str(info.default))
    shown = "has a value" if _is_secret(info) else f"is {value!r}"
    choices = _choices(info)
    if info.examples and not reason.startswith("Value error"):
        allowed = f"such as {info.examples[0]}"
    elif choices:
        allowed = " or ".join(repr(choice) for choice in choices)
    else:
        # After the comma, pydantic describes its parser's input.
        allowed = reason.removeprefix("Input should be ").partition(", unable to")[0].removeprefix("Value error, ")
    near = nearest(value, choices)
    return f"{variable} {shown}, which can't be used; allowed: {allowed}.", near and f"did you mean {near}?"


def _choices(info: FieldInfo) -> list[str]:
    annotation: Any = info.annotation
    return list(annotation.__args__) if getattr(annotation, "__origin__", None) is Literal else []


def _is_secret(info: FieldInfo) -> bool:
    return SecretStr in (info.annotation, *get_args(info.annotation))


def _joined(hints: list[str | None]) -> str | None:
    return "; ".join(dict.fromkeys(filter(None, hints))) or None
