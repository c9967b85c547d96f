"""AWS's calls for a temporary password of Redshift, over HTTP; they give the stand-in's own user and password."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

EXPIRES = 4102444800  # in 2100


class CredentialsApi:
    """GetCredentials of Redshift Serverless and GetClusterCredentials; a context manager. `asked` are the requests.

    A workgroup or cluster that is not `known` is not found; one named `forbidden` is refused.
    """

    def __init__(self, user: str, password: str, known: str = "movies") -> None:
        self.asked: list[dict[str, str]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                target = self.headers.get("x-amz-target", "").partition(".")[2]
                asked = json.loads(body) if target else {name: value[0] for name, value in parse_qs(body).items()}
                api.asked.append(asked)
                name = asked.get("workgroupName") or asked["ClusterIdentifier"]
                if name == "forbidden":
                    status, answer = _refusal(target, "AccessDenied", "not authorized to perform this call")
                elif name != known:
                    kind = "ResourceNotFoundException" if target else "ClusterNotFound"
                    status, answer = _refusal(target, kind, f"{name} not found")
                else:
                    status, answer = 200, _given(target, user, password)
                self.send_response(status)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def environment(self) -> dict[str, str]:
        """What sends boto3's calls here."""
        endpoint = f"http://127.0.0.1:{self._server.server_port}"
        return {"AWS_ENDPOINT_URL_REDSHIFT": endpoint, "AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS": endpoint}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _given(target: str, user: str, password: str) -> bytes:
    if target:
        return json.dumps({"dbUser": user, "dbPassword": password, "expiration": EXPIRES}).encode()
    fields = f"<DbUser>{user}</DbUser><DbPassword>{password}</DbPassword><Expiration>2100-01-01T00:00:00Z</Expiration>"
    result = f"<GetClusterCredentialsResult>{fields}</GetClusterCredentialsResult>"
    return f"<GetClusterCredentialsResponse>{result}</GetClusterCredentialsResponse>".encode()


def _refusal(target: str, kind: str, message: str) -> tuple[int, bytes]:
    if target:
        return 400, json.dumps(
            {"__type": f"{kind}Exception" if kind == "AccessDenied" else kind, "message": message}
        ).encode()
    return (
        400,
        f"<ErrorResponse><Error><Code>{kind}</Code><Message>{message}</Message></Error></ErrorResponse>".encode(),
    )
