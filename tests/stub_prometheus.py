"""A Prometheus that says whatever a test wants to hear: for readers of its API that must not believe everything."""

import contextlib
import json
import re
import socket
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

NOW = 1_700_000_000.0  # in replies, the time of the query: a server moves all times around it to when it started
Row = tuple[Mapping[str, str], str]


@dataclass(frozen=True)
class Reply:
    """One HTTP answer. With `drip`, a byte comes every so many seconds; `announced` is whether its length is told."""

    body: str | bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0
    announced: bool = True


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


Answer = Callable[[str], Reply]


def vector(*rows: Row, **more: object) -> Reply:
    """A good answer with these series; `more` goes beside the status (warnings, isPartial)."""
    result = [{"metric": dict(labels), "value": [NOW, value]} for labels, value in rows]
    document = {"status": "success", **more, "data": {"resultType": "vector", "result": result}}
    return Reply(json.dumps(document, ensure_ascii=False))


def scene(decision: Reply | Sequence[Reply], facts: Reply | None = None, history: Reply | None = None) -> Answer:
    """Answers to the three queries of a gate-check script; of several decisions, one a time, and the last for ever."""
    decisions = [decision] if isinstance(decision, Reply) else list(decision)
    lock = threading.Lock()

    def answer(query: str) -> Reply:
        if "__name__" in query:
            return facts or vector()
        if "over_time" in query:
            return history or vector()
        with lock:
            return decisions.pop(0) if len(decisions) > 1 else decisions[0]

    return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away, or refuses the certificate, is nothing to report."""


class StubPrometheus:
    """Serves `answer(query)` on 127.0.0.1 and remembers the `requests`. Its clock is `ahead` by so many seconds."""

    def __init__(self, answer: Answer, ahead: float = 0, tls: ssl.SSLContext | None = None) -> None:
        self.ahead = ahead
        self._tls = tls
        self.requests: list[Request] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                sent = self.rfile.read(length).decode() or urllib.parse.urlsplit(self.path).query
                form = urllib.parse.parse_qs(sent)
                query = form.get("query", [""])[0]
                stub.requests.append(Request(self.command, self.path, query, dict(self.headers)))
                with contextlib.suppress(OSError):  # the script has had enough
                    self._send(answer(query))

            do_GET = do_POST  # noqa: N815  a name that http.server looks up

            def _send(self, reply: Reply) -> None:
                body = reply.body if isinstance(reply.body, bytes) else stub._at_present(reply.body).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.announced:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if not reply.drip:
                    self.wfile.write(body)
                for byte in body if reply.drip else b"":
                    self.wfile.write(bytes((byte,)))
                    self.wfile.flush()
                    time.sleep(reply.drip)

            def log_message(self, *_: object) -> None:
                pass

        self._handler = Handler

    @property
    def url(self) -> str:
        """Base URL, without a slash at the end."""
        host, port = self._server.server_address[:2]
        scheme = "https" if self._tls else "http"
        return f"{scheme}://[{host!s}]:{port}" if ":" in str(host) else f"{scheme}://{host!s}:{port}"

    def _at_present(self, body: str) -> str:
        return re.sub(r"\b1(699|700)\d{6}\.\d+", lambda found: f"{float(found[0]) + self._moved:.3f}", body)

    def queries(self) -> list[str]:
        """What was asked for, in order."""
        return [request.query for request in self.requests]

    def __enter__(self) -> Self:
        self._moved = time.time() + self.ahead - NOW
        self._server = self._serve()
        if self._tls:  # the handshake is the handler's, so that a client that breaks it off stops nobody
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self) -> ThreadingHTTPServer:
        return _Server(("127.0.0.1", 0), self._handler)


class StubPrometheus6(StubPrometheus):
    """The same on ::1."""

    def _serve(self) -> ThreadingHTTPServer:
        class Server6(_Server):
            address_family = socket.AF_INET6

        return Server6(("::1", 0), self._handler)
