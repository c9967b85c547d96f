"""Secrets are in no output: of successful runs, of denied ones, and of runs that reach no service.

Searched is what the processes said on both of their streams, every file of Dagster's home (the packed parts of its
databases unpacked), the outbox, every object on S3, and what the topic's queue received.
"""

import base64
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from movie_assets.movies.sample import write_golden
from movie_assets_tests.aws.conftest import Terminal
from movie_assets_tests.support.aws_local import AwsLocal
from movie_assets_tests.support.forked import Forked
from movie_assets_tests.support.process import free_port
from movie_assets_tests.support.stack import ACCOUNT

pytestmark = [
    pytest.mark.filterwarnings("ignore:ssl\\.:DeprecationWarning"),  # by the driver
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # pooled connections of boto3
    pytest.mark.usefixtures("collected"),
]

DAY = "2024-04-10"
WAIT_SECONDS = 10
WRONG_PASSWORD = "Planted/wrong+Passw0rd of a person"
WRONG_KEY = "PlantedSecretKeyThatSignsNothing/0123456+"


@dataclass
class Search:
    """All output, by its place."""

    told: dict[str, bytes] = field(default_factory=dict)

    def file(self, path: Path) -> None:
        self.told[str(path)] = path.read_bytes()
        if self.told[str(path)].startswith(b"SQLite format 3"):
            for number, content in enumerate(unpacked(path)):
                self.told[f"{path}, value {number}"] = content

    def places_of(self, value: str) -> list[str]:
        """Where a value stands, as it is or in the ways that texts are written down."""
        texts = [value, repr(value)[1:-1]]
        for _ in range(3):  # JSON, also within JSON
            texts.append(json.dumps(texts[-1] if len(texts) > 2 else value)[1:-1])
        ways = [text.encode() for text in (*texts, quote(value, safe=""), base64.b64encode(value.encode()).decode())]
        return [place for place, content in self.told.items() if any(way in content for way in ways)]


def unpacked(path: Path) -> Iterator[bytes]:
    """The values of a SQLite database that are packed; the others stand in the file, and what is in its log as well."""
    with sqlite3.connect(path) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    if isinstance(value, bytes):
                        try:
                            yield zlib.decompress(value)
                        except zlib.error:
                            yield value
                    elif value is not None:
                        yield str(value).encode()
    connection.close()


def powerless(aws: AwsLocal) -> dict[str, str]:
    """The credentials of a role that may do nothing, as variables."""
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.ministack.client("iam").create_role(RoleName="powerless", AssumeRolePolicyDocument=policy)
    return {name.upper(): value for name, value in aws.ministack.as_role(role["Role"]["Arn"]).items()}


@pytest.mark.long
def test_no_secret_is_told(aws: AwsLocal, terminal: Terminal, tmp_path: Path) -> None:
    inbox = aws.inbox("secrets")
    own, none = terminal.environment, powerless(aws)
    closed = free_port()
    environments: Mapping[str, Mapping[str, str]] = {
        "good": {},
        "wrong password": {"MOVIES_REDSHIFT_SECRET": "", "MOVIES_REDSHIFT_PASSWORD": WRONG_PASSWORD}
        | {"MOVIES_REDSHIFT_USER": aws.redshift.user},
        "wrong key": {"AWS_SECRET_ACCESS_KEY": WRONG_KEY},
        "refused by IAM": none,
        "no AWS": {"AWS_ENDPOINT_URL": f"https://127.0.0.1:{closed}"},
        "no Redshift": {"MOVIES_WAREHOUSE": f"redshift://127.0.0.1:{closed}/movies"},
    }
    owner = aws.ministack.client("secretsmanager")
    content = owner.get_secret_value(SecretId=own["MOVIES_REDSHIFT_SECRET"])["SecretString"]
    secrets = {
        "the secret's content": content,
        "database password": aws.redshift.password,
        "role's key": own["AWS_SECRET_ACCESS_KEY"],
        "role's token": own["AWS_SESSION_TOKEN"],
        "other role's key": none["AWS_SECRET_ACCESS_KEY"],
        "other role's token": none["AWS_SESSION_TOKEN"],
        "wrong password": WRONG_PASSWORD,
        "wrong key": WRONG_KEY,
    }
    assert aws.redshift.password == json.loads(content)["password"]
    assert min(map(len, secrets.values())) >= 12

    write_golden(tmp_path / "movies.csv")
    terminal("land", str(tmp_path / "movies.csv"), "--day", DAY)
    search, runs = Search(), dict[str, int]()
    with Forked(own, tmp_path / "log", "run", "--day", "2024-03-01") as movies:
        for name, variables in environments.items():
            movies.environment = {**own, **variables}
            for words in (["run", "--day", DAY], ["doctor", "--json"], ["--help"]):
                movies.start(*words)
                code, said = movies.ended(), movies.log.read_bytes()
                search.told[f"{name}: {' '.join(words)}"] = said
                search.told[f"{name}: {' '.join(words)}, unwrapped"] = said.replace(b"\n", b"")
                if words[0] == "run":
                    runs[name] = code
        search.told["settings"] = repr(terminal.but(**environments["wrong password"]).settings).encode()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            search.file(path)
    for bucket in (aws.stack.lake, aws.stack.settings["DAGSTER_LOGS_BUCKET"]):
        s3 = aws.ministack.client("s3")
        for found in s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
            search.told[found["Key"]] = s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
    for number, message in enumerate(inbox.messages(WAIT_SECONDS)):
        search.told[f"message {number}"] = json.dumps(message).encode()

    assert runs == {"good": 0, "wrong password": 1, "wrong key": 2, "refused by IAM": 2, "no AWS": 2, "no Redshift": 1}
    reasons = {
        "wrong password": "password authentication failed",
        "wrong key": "the secret key does not belong to the access key",
        "refused by IAM": "AccessDenied",
        "no AWS": f"127.0.0.1:{closed}",
        "no Redshift": "takes no connection",
    }
    for name, reason in reasons.items():
        assert reason in search.told[f"{name}: run --day {DAY}"].decode()
    # That the search finds what is there: in texts, in packed values, on S3, in the queue.
    known = " ".join(search.places_of("imdb_movies_rating"))
    for place in ("good: run", "doctor --json", "settings", "/alerts/", ".db, value", f"evaluation/ingest_date={DAY}"):
        assert place in known
    assert search.places_of("movies_day")
    assert "message 0" in known
    assert {name: places for name, value in secrets.items() if (places := search.places_of(value))} == {}
