"""Lakes to test with: in a folder, and in a bucket on ministack."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.config import Config

from movie_assets.lake import DATASETS, Dataset, Encryption, Lake
from movie_assets.lake.base import file_name
from movie_assets.lake.local import LocalLake
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.model import DayReport
from movie_assets_tests.support.days import DAY, day_report
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.proxy import FaultProxy, Faults

IMPATIENT = Config(connect_timeout=0.3, read_timeout=0.3, retries={"mode": "standard", "total_max_attempts": 2})
PREFIX = "movies"


def s3_lake(
    server: Ministack,
    bucket: str,
    prefix: str = PREFIX,
    *,
    endpoint: str | None = None,
    lock_timeout_seconds: float = 0.1,
    lease_seconds: float = 45.0,
    encryption: Encryption | None = None,
    config: Config | None = None,
) -> S3Lake:
    """A lake on ministack; `endpoint` where a proxy stands in front, `config` on top of the lake's own."""

    def client(own: Config) -> Any:
        return server.client("s3", endpoint, config=own.merge(config) if config else own)

    return S3Lake(
        bucket,
        prefix,
        encryption=encryption,
        lock_timeout_seconds=lock_timeout_seconds,
        lease_seconds=lease_seconds,
        client_factory=client,
    )


@dataclass(frozen=True)
class Store:
    """What a test knows of the place a lake lies on, past the lake itself."""

    lake: Lake
    names: Callable[[], set[str]]
    """Everything in it by name, locks left out."""
    put: Callable[[str, bytes], None]
    """Write a file past the lake, as an older or foreign program would."""
    remove: Callable[[str], None]


def local_store(root: Path) -> Store:
    def names() -> set[str]:
        found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        return {name for name in found if not name.startswith(".locks/")}

    def put(name: str, content: bytes) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)

    def remove(name: str) -> None:
        (root / name).unlink()

    return Store(LocalLake(root, lock_timeout_seconds=0.1), names, put, remove)


def s3_store(server: Ministack, bucket: str) -> Store:
    client = server.client("s3")

    def names() -> set[str]:
        return {name for name in s3_names(client, bucket, PREFIX) if not name.startswith(".locks/")}

    def put(name: str, content: bytes) -> None:
        client.put_object(Bucket=bucket, Key=f"{PREFIX}/{name}", Body=content)

    def remove(name: str) -> None:
        client.delete_object(Bucket=bucket, Key=f"{PREFIX}/{name}")

    return Store(s3_lake(server, bucket), names, put, remove)


def s3_names(client: Any, bucket: str, prefix: str) -> set[str]:
    """Every object below a prefix, and every upload that is not finished."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    uploads = client.list_multipart_uploads(Bucket=bucket, Prefix=f"{prefix}/").get("Uploads", ())
    unfinished = [f"{upload['Key']} (unfinished)" for upload in uploads]
    return {key.removeprefix(f"{prefix}/") for key in [*keys, *unfinished]}


@contextmanager
def broken(proxy: FaultProxy, faults: Faults, connections: int) -> Iterator[None]:
    """Faults that end with the so-manieth new connection, which has to come."""
    last, over = proxy.connections + connections, threading.Event()

    def mend() -> None:
        while proxy.connections < last and not over.wait(0.001):
            pass
        proxy.faults = Faults()

    proxy.faults = faults
    mending = threading.Thread(target=mend)
    mending.start()
    try:
        yield
    finally:
        over.set()
        mending.join()
    assert proxy.connections >= last


def write_day(lake: Lake, evaluation_id: str, day: Any = DAY, *, publish: bool = True) -> DayReport:
    """An evaluation of a day, each of whose files says what it is."""
    for dataset in DATASETS:
        with lake.stage(dataset, day, evaluation_id) as path:
            path.write_text(f"{dataset} of {evaluation_id}")
    report = day_report(day, evaluation_id, files={name: (file_name(name, evaluation_id),) for name in DATASETS})
    if publish:
        lake.publish(report)
    return report


def read_day(lake: Lake, report: DayReport) -> dict[Dataset, list[str]]:
    found = {}
    for dataset in DATASETS:
        with lake.local_files(report, dataset) as paths:
            found[dataset] = [path.read_text() for path in paths]
    return found


def contents(evaluation_id: str) -> dict[str, list[str]]:
    """What `read_day` finds of an evaluation that `write_day` wrote."""
    return {dataset: [f"{dataset} of {evaluation_id}"] for dataset in DATASETS}


def files_of(evaluation_id: str, landed: str, day: Any = DAY) -> set[str]:
    """All files of a lake whose only day was judged."""
    return {f"landing/ingest_date={day}/{landed}", *datasets_of(evaluation_id, day)}


def datasets_of(evaluation_id: str, day: Any = DAY) -> set[str]:
    written = {f"{dataset}/ingest_date={day}/{file_name(dataset, evaluation_id)}" for dataset in DATASETS}
    manifests = {f"evaluation/ingest_date={day}/evaluation.json", f"run/ingest_date={day}/run-of-{evaluation_id}.json"}
    return written | manifests
