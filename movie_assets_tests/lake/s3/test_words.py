"""What is wrong with a bucket, its permissions or the environment: named, with the likely fix, without secrets."""

from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from movie_assets.errors import LakeError, SettingsError
from movie_assets.lake import Encryption, configured_lake, open_lake
from movie_assets.lake.s3.errors import refusal
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.settings import Settings
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.feeds import FEED
from movie_assets_tests.support.lakes import s3_lake, s3_names, write_day
from movie_assets_tests.support.ministack import Ministack


@pytest.fixture
def movies(tmp_path: Path) -> Path:
    path = tmp_path / "movies.csv"
    path.write_bytes(b"a\n1\n")
    return path


@pytest.mark.parametrize(
    "call",
    [
        lambda lake, movies: lake.landed(DAY),
        lambda lake, movies: lake.land(movies, DAY),
        lambda lake, movies: write_day(lake, "e1"),
        lambda lake, movies: lake.report(DAY),
        lambda lake, movies: lake.days(),
        lambda lake, movies: lake.prune(DAY),
        lambda lake, movies: lake.lock(DAY).__enter__(),
    ],
    ids=["landed", "land", "write", "report", "days", "prune", "lock"],
)
class TestEveryCall:
    def test_names_a_bucket_that_vanished(
        self, ministack: Ministack, movies: Path, call: Callable[[S3Lake, Path], object]
    ) -> None:
        with pytest.raises(LakeError) as caught:
            call(s3_lake(ministack, "vanished"), movies)
        assert "s3://vanished/movies/" in caught.value.message
        assert "there is no bucket vanished (NoSuchBucket: " in caught.value.message
        assert caught.value.hint == "create it, or correct MOVIES_LAKE"

    def test_names_the_permission_it_lacks(
        self, ministack: Ministack, bucket: str, movies: Path, call: Callable[[S3Lake, Path], object]
    ) -> None:
        lake = S3Lake(bucket, client_factory=lambda config: foreign(ministack, config))
        with pytest.raises(LakeError) as caught:
            call(lake, movies)
        assert f"s3://{bucket}/" in caught.value.message
        assert "access denied (AccessDenied: Access Denied)" in caught.value.message
        assert "allow s3:" in (caught.value.hint or "")
        assert f"on arn:aws:s3:::{bucket}" in (caught.value.hint or "")


def foreign(server: Ministack, config: object) -> object:
    """A client of another account, which the emulator tells by its access key."""
    import boto3

    return boto3.client(  # type: ignore[call-overload]
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="other",
        config=config,
    )


@pytest.mark.parametrize(
    ("code", "said", "reason", "hint"),
    [
        ("ExpiredToken", "The provided token has expired.", "the session's token has expired", "log in again"),
        ("PermanentRedirect", "", "bucket movies is in another region", "AWS_REGION"),
        ("AuthorizationHeaderMalformed", "expecting 'eu-west-1'", "expecting 'eu-west-1'", "AWS_REGION"),
        ("RequestTimeTooSkewed", "", "clock differs", "set the clock"),
        ("NotImplemented", "A header", "does not know this call", "conditional writes"),
        ("KMS.DisabledException", "", "the encryption key can't be used", "kms:GenerateDataKey"),
        ("AccessDenied", "not authorized to perform: kms:Decrypt", "key can't be used", "kms:GenerateDataKey"),
        ("AccessDenied", "Access Denied", "access denied", "allow s3:PutObject on arn:aws:s3:::movies/* for"),
        ("Teapot", "short {and} stout", "refused (Teapot: short {and} stout)", None),
    ],
)
def test_codes_that_no_emulator_gives(code: str, said: str, reason: str, hint: str | None) -> None:
    error = ClientError({"Error": {"Code": code, "Message": said}}, "PutObject")
    found = refusal(error, "write", "movies", "s3://movies/landing/x.csv", "https://s3.amazonaws.com")
    assert found.message.startswith("Can't write s3://movies/landing/x.csv: S3 PutObject: ")
    assert reason in found.message
    assert (hint is None and found.hint is None) or (hint or "?") in (found.hint or "")


@pytest.mark.parametrize(
    ("unset", "set_to", "reason"),
    [
        (["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"], {}, "no credentials were found"),
        (["AWS_SECRET_ACCESS_KEY"], {}, "no credentials were found"),
        ([], {"AWS_PROFILE": "nobody"}, "the profile named in AWS_PROFILE does not exist"),
        ([], {"AWS_DEFAULT_REGION": "not a region"}, "the region is missing or is not one"),
        ([], {"AWS_ENDPOINT_URL": "nonsense"}, "Invalid endpoint: nonsense"),
        ([], {"AWS_ENDPOINT_URL": "http://me:planted@127.0.0.1:1"}, "http://127.0.0.1:1 can't be reached"),
    ],
    ids=["no keys", "half a pair", "profile", "region", "endpoint", "password in the endpoint"],
)
@pytest.mark.usefixtures("aws_environment", "hasty")
def test_an_environment_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unset: list[str], set_to: dict[str, str], reason: str
) -> None:
    for file in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(file, str(tmp_path / "none"))
    for name in unset:
        monkeypatch.delenv(name)
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(LakeError, match=r"Can't list s3://bucket/evaluation/: S3") as caught:
        open_lake("s3://bucket").days()
    assert reason in caught.value.message
    assert "planted" not in f"{caught.value}{caught.value.__cause__}"


@pytest.mark.usefixtures("aws_environment")
def test_the_settings_alone_open_the_lake(ministack: Ministack, bucket: str, movies: Path) -> None:
    lake = configured_lake(Settings(lake=f"s3://{bucket}/a/b/", s3_encryption="aws:kms", s3_kms_key="alias/m"), FEED)
    lake.land(movies, DAY)
    write_day(lake, "e1")
    client = ministack.client("s3")
    keys = [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket)["Contents"]]
    assert f"a/b/landing/ingest_date={DAY}/movies.csv" in keys
    assert len(keys) == 7
    assert {client.head_object(Bucket=bucket, Key=key)["SSEKMSKeyId"] for key in keys} == {"alias/m"}


def test_the_key_is_asked_for_with_every_write(ministack: Ministack, bucket: str, movies: Path) -> None:
    lake = s3_lake(ministack, bucket, encryption=Encryption("aws:kms", "alias/movies"))
    lake.land(movies, DAY)
    with lake.lock(DAY):
        write_day(lake, "e1")
    client = ministack.client("s3")
    heads = [client.head_object(Bucket=bucket, Key=f"movies/{key}") for key in s3_names(client, bucket, "movies")]
    assert [head["SSEKMSKeyId"] for head in heads] == ["alias/movies"] * 8


def test_a_key_without_its_algorithm_is_refused() -> None:
    with pytest.raises(SettingsError, match="MOVIES_S3_KMS_KEY is set, but MOVIES_S3_ENCRYPTION is 'AES256'"):
        Encryption("AES256", "alias/movies")


@pytest.mark.parametrize("uri", ["s3://", "s3:///prefix", "s3://key:secret@bucket/x", "s3://bucket/x?key=secret"])
def test_what_is_not_a_bucket_is_refused_without_being_shown(uri: str) -> None:
    with pytest.raises(LakeError, match="The lake is not at a bucket of S3") as caught:
        open_lake(uri)
    assert "secret" not in str(caught.value)
