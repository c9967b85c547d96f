"""Who the server is: proved to the full, or the connection is refused before a password is sent."""

from pathlib import Path

import pytest

from movie_assets.errors import LoadError
from movie_assets.lake.s3.lake import S3Lake
from movie_assets.warehouse.redshift.address import Address
from movie_assets_tests.support.accepted import films
from movie_assets_tests.support.days import DAY
from movie_assets_tests.support.fixtures import leaves_sockets
from movie_assets_tests.support.redshift import RedshiftStandIn, S3Access, make_tls
from movie_assets_tests.support.warehouses import emptied, on_redshift
from movie_assets_tests.warehouse.test_contract import load

pytestmark = pytest.mark.filterwarnings("ignore:ssl\\.:DeprecationWarning")

ENCRYPTED = "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"


def test_a_load_over_tls(redshift_tls: RedshiftStandIn, lake: S3Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    assert redshift_tls.tls is not None
    monkeypatch.setenv("SSL_CERT_FILE", str(redshift_tls.tls.authority))
    warehouse = on_redshift(redshift_tls, host="localhost")
    load(warehouse, lake, films(2))
    assert warehouse.loaded() == {DAY: 2}
    assert warehouse.query(ENCRYPTED).to_pylist() == [{"application_name": "movie_assets"}]


@leaves_sockets
@pytest.mark.parametrize("authority", ["none", "another's"])
def test_an_authority_that_is_not_trusted(
    redshift_tls: RedshiftStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, authority: str
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if authority != "none":
        monkeypatch.setenv("SSL_CERT_FILE", str(make_tls(tmp_path).authority))
    with pytest.raises(LoadError, match=r"log in: the certificate of 127\.0\.0\.1 is not trusted: ") as caught:
        on_redshift(redshift_tls, longest_wait_seconds=60).loaded()  # is not tried again, or it would wait
    assert "SSL_CERT_FILE" in (caught.value.hint or "")


@leaves_sockets
def test_a_certificate_of_another_host(
    redshift: RedshiftStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tls = make_tls(tmp_path, names=("redshift.example",), addresses=("127.0.0.9",))
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.authority))
    access = S3Access("http://127.0.0.1:1")
    with RedshiftStandIn(redshift.postgres, access, database="misnamed", user="misnamed", tls=tls) as server:
        for host in ("localhost", "127.0.0.1"):
            with pytest.raises(LoadError, match=f"log in: the server's certificate is not {host}'s: ") as caught:
                on_redshift(server, host=host, longest_wait_seconds=60).loaded()
            assert "MOVIES_WAREHOUSE" in (caught.value.hint or "")


def test_plaintext_is_for_this_machine_only(redshift: RedshiftStandIn) -> None:
    """0.0.0.0 reaches the same server, but is not a loopback address."""
    assert on_redshift(emptied(redshift), host="localhost").loaded() == {}
    with pytest.raises(LoadError, match="the server refuses TLS, and plaintext is only for this machine") as caught:
        on_redshift(redshift, host="0.0.0.0").loaded()
    assert "no setting that turns it off" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("10.0.0.1", False),
    ],
)
def test_what_is_this_machine(host: str, expected: bool) -> None:
    assert Address(host, 5439, "db").on_loopback is expected
