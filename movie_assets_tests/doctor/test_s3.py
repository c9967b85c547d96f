"""A lake on S3: nothing is left, leftovers are removed, and one refusal keeps no other examination back."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from movie_assets.lake.s3.examination import FOLDER, examine
from movie_assets_tests.doctor.conftest import Findings, failed
from movie_assets_tests.support.lakes import IMPATIENT, s3_lake, s3_names
from movie_assets_tests.support.ministack import Ministack
from movie_assets_tests.support.proxy import FaultProxy, Faults

Examined = Callable[..., Findings]
AT_ONCE = timedelta(0)


def test_every_call_is_tried_and_nothing_is_left(examined: Examined, ministack: Ministack, lake: str) -> None:
    client = ministack.client("s3")
    client.put_object(Bucket=lake, Key="movies/landing/ingest_date=2024-03-24/a.csv", Body=b"a")
    before = s3_names(client, lake, "movies")
    found = {key: one for key, one in examined().items() if key[0] == "S3"}
    assert {one.status for one in found.values()} == {"ok"}
    assert [examination for _, examination in found] == [
        "list",
        "region",
        "remove",
        "list unfinished uploads",
        "give up an upload",
        "write",
        "write on a condition",
        "read",
        "write in parts",
    ]
    assert s3_names(client, lake, "movies") == before


def test_what_a_killed_one_left_is_removed_by_a_later_one(ministack: Ministack, bucket: str) -> None:
    client, objects = ministack.client("s3"), s3_lake(ministack, bucket).objects
    for finding in examine(objects):
        if finding.examination == "write in parts":
            break  # as killed: the generator goes no further
    objects.begin_upload(f"{FOLDER}unfinished")
    left = s3_names(client, bucket, "movies")
    assert len(left) == 3
    list(examine(objects))  # not yet: the other one may be at it still
    assert s3_names(client, bucket, "movies") == left
    found = {finding.examination: finding.said for finding in examine(objects, AT_ONCE)}
    assert s3_names(client, bucket, "movies") == set()
    assert found["remove"] == "with 2 objects that a killed examination left"
    assert found["list unfinished uploads"] == "given up: 1 of a killed examination"


def test_a_bucket_that_is_not_there(examined: Examined, aws_environment: dict[str, str]) -> None:
    found = examined(MOVIES_LAKE="s3://movies-nowhere/movies")
    assert failed(found) == {("S3", "list")}
    assert [key for key in found if key[0] == "S3"] == [("S3", "list")]
    assert "S3 ListObjectsV2: there is no bucket movies-nowhere" in found["S3", "list"].said
    assert found["S3", "list"].hint == "create it, or correct MOVIES_LAKE"
    assert found["STS", "who am I"].status == "ok"


def test_a_service_that_does_not_answer_is_asked_once(ministack: Ministack, bucket: str, aws_proxy: FaultProxy) -> None:
    lake = s3_lake(ministack, bucket, endpoint=aws_proxy.endpoint, config=IMPATIENT)
    with aws_proxy.fault(Faults(blackhole=True)):
        [found] = examine(lake.objects)
    assert (found.status, found.examination) == ("failed", "list")
    assert f"S3: {aws_proxy.endpoint} does not answer" in found.said


def test_no_endpoint_at_all(examined: Examined, lake: str, aws_proxy: FaultProxy) -> None:
    with aws_proxy.down():
        found = examined(AWS_ENDPOINT_URL=aws_proxy.endpoint)
    assert failed(found) == {("S3", "list"), ("STS", "who am I")}
    assert "needs an endpoint for S3" in (found["S3", "list"].hint or "")
    assert "needs an endpoint for sts" in (found["STS", "who am I"].hint or "")


def test_a_bucket_in_another_region(examined: Examined, ministack: Ministack, aws_environment: dict[str, str]) -> None:
    ministack.client("s3").create_bucket(
        Bucket="movies-far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    found = examined(MOVIES_LAKE="s3://movies-far/movies")["S3", "region"]
    assert found.status == "warning"
    assert found.said == "The bucket movies-far is in eu-west-1, this process asks in us-east-1."
    assert "set AWS_REGION=eu-west-1" in (found.hint or "")


@pytest.mark.parametrize("missing", ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"])
def test_an_environment_without(
    examined: Examined, lake: str, monkeypatch: pytest.MonkeyPatch, missing: str, tmp_path: object
) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, f"{tmp_path}/none")
    if missing == "AWS_REGION":
        monkeypatch.delenv("AWS_REGION")
        monkeypatch.delenv("AWS_DEFAULT_REGION")
    elif missing == "AWS_PROFILE":
        monkeypatch.setenv("AWS_PROFILE", "nobody")
    else:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    found = examined()["STS", "who am I"]
    assert found.status == "failed"
    assert missing.removesuffix("_ACCESS_KEY_ID") in (found.hint or "")
