"""The clock against the time that a service's answer carries, be it a refusal."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any

import pytest

from movie_assets.doctor.identity import clock
from movie_assets_tests.doctor.conftest import Findings

Examined = Callable[..., Findings]
IDENTITY = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/movies/i-1</Arn>"
    b"<UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
REFUSAL = (
    b"<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code>"
    b"<Message>Signature expired: planted is now earlier than planted</Message></Error></ErrorResponse>"
)


@contextmanager
def sts(minutes: float, status: int = 200, answer: bytes = IDENTITY) -> Iterator[str]:
    """An STS whose clock is so many minutes ahead of ours."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(time() + minutes * 60, usegmt=True)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("minutes", "status", "said"),
    [
        (0, "ok", ""),
        (-4, "ok", ""),
        (7, "warning", "This machine's clock is 7 minutes behind AWS's"),
        (-7, "warning", "This machine's clock is 7 minutes ahead of AWS's"),
        (20, "failed", "This machine's clock is 20 minutes behind AWS's"),
    ],
)
def test_the_clock(examined: Examined, lake: str, minutes: float, status: str, said: str) -> None:
    with sts(minutes) as endpoint:
        found = examined(AWS_ENDPOINT_URL_STS=endpoint)
    told = found["clock", "difference to AWS"]
    assert told.status == status
    assert said in told.said
    assert (told.hint is None) == (status == "ok")
    assert found["STS", "who am I"].said == (
        "arn:aws:sts::123456789012:assumed-role/movies/i-1 in account 123456789012, region us-east-1"
    )


def test_a_refusal_tells_the_time_too(examined: Examined, lake: str) -> None:
    with sts(20, 403, REFUSAL) as endpoint:
        found = examined(AWS_ENDPOINT_URL_STS=endpoint)
    assert found["STS", "who am I"].status == "failed"
    assert "STS GetCallerIdentity: the signature is wrong" in found["STS", "who am I"].said
    assert found["clock", "difference to AWS"].status == "failed"
    assert "planted" not in repr(found)


@pytest.mark.parametrize(
    ("off", "status"), [(299, "ok"), (300, "warning"), (-300, "warning"), (899, "warning"), (900, "failed")]
)
def test_where_it_begins_to_matter(off: int, status: str) -> None:
    assert clock(timedelta(seconds=off)).status == status
