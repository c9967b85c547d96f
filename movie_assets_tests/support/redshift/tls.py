"""A certificate authority of the tests' own and server certificates signed by it, made with the openssl program."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


@dataclass(frozen=True)
class Tls:
    """A server's certificate and key, and the authority that a client has to trust (`SSL_CERT_FILE`)."""

    authority: Path
    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_tls(folder: Path, names: tuple[str, ...] = ("localhost",), addresses: tuple[str, ...] = ("127.0.0.1",)) -> Tls:
    """A new authority and a certificate for these names and addresses, valid for 30 days, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, authority_key = folder / "authority.pem", folder / "authority.key"
    certificate, key, request = folder / "server.pem", folder / "server.key", folder / "server.csr"
    subject = ["-subj", "/CN=local AWS tests"]
    _openssl("req", "-x509", "-days", "30", *subject, *_KEY, "-keyout", authority_key, "-out", authority)
    _openssl("req", "-new", "-subj", "/CN=redshift stand-in", *_KEY, "-keyout", key, "-out", request)
    extensions = folder / "server.ext"
    alternatives = [f"DNS:{name}" for name in names] + [f"IP:{address}" for address in addresses]
    extensions.write_text(f"subjectAltName={','.join(alternatives)}\nextendedKeyUsage=serverAuth\n")
    signer = ["-CA", authority, "-CAkey", authority_key, "-CAcreateserial"]
    _openssl("x509", "-req", "-days", "30", "-in", request, *signer, "-extfile", extensions, "-out", certificate)
    return Tls(authority, certificate, key)


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
