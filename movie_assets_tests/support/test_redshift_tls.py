import ssl
from pathlib import Path
from typing import Any

import pytest

from movie_assets_tests.support.driver import connect
from movie_assets_tests.support.fixtures import leaves_sockets
from movie_assets_tests.support.redshift import RedshiftStandIn, S3Access, make_tls

pytestmark = pytest.mark.filterwarnings("ignore:ssl\\.:DeprecationWarning")


def verified(server: RedshiftStandIn, **options: Any) -> Any:
    return connect(server, ssl=True, sslmode="verify-full", **options)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_verify_full_with_the_authority(
    redshift_tls: RedshiftStandIn, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    assert redshift_tls.tls is not None
    monkeypatch.setenv("SSL_CERT_FILE", str(redshift_tls.tls.authority))
    connection = verified(redshift_tls, host=host)
    cursor = connection.cursor()
    cursor.execute("SELECT repeat('x', 60000)")
    assert cursor.fetchone() == ["x" * 60_000]
    assert connection._usock.version() == "TLSv1.3"
    connection.close()


@leaves_sockets
def test_verify_full_without_the_authority_is_refused(
    redshift_tls: RedshiftStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        verified(redshift_tls)


@leaves_sockets
def test_the_authority_of_another_is_refused(
    redshift_tls: RedshiftStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(make_tls(tmp_path).authority))
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        verified(redshift_tls)


@leaves_sockets
def test_a_wrong_host_name_is_refused(
    redshift: RedshiftStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tls = make_tls(tmp_path, names=("redshift.example",), addresses=("127.0.0.9",))
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.authority))
    access = S3Access("http://127.0.0.1:1")
    with RedshiftStandIn(redshift.postgres, access, database="named", user="named", tls=tls) as server:
        with pytest.raises(Exception, match="Hostname mismatch"):
            verified(server, host="localhost")
        connection = connect(server, ssl=True, sslmode="verify-ca")
        connection.close()


def test_the_keys_are_not_the_authority(tmp_path: Path) -> None:
    tls = make_tls(tmp_path)
    trusted = ssl.create_default_context(cafile=str(tls.authority))
    (authority,) = trusted.get_ca_certs()
    assert authority["subject"] == ((("commonName", "local AWS tests"),),)
    assert "PRIVATE KEY" not in tls.certificate.read_text()
