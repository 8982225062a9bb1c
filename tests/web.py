"""HTTP on 127.0.0.1 for tests and for the demo: ask a server, or stand in for one."""

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self, TypeVar

HTTP_SECONDS = 30.0

T = TypeVar("T")


class EngineError(Exception):
    """A server did not start, did not get ready in time, or refused a request."""


class MetricsServer:
    """Serves `text` at every path in the Prometheus text format; None answers 503, like a target that is ill."""

    def __init__(self, text: str | None = "", content_type: str = "text/plain; version=0.0.4; charset=utf-8") -> None:
        self.text = text
        self.content_type = content_type
        self.port = 0
        self._serving = ExitStack()

    @property
    def target(self) -> str:
        """host:port, for `Prometheus(scrape=...)`."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.port = self._serving.enter_context(serve(self._answer))
        return self

    def __exit__(self, *_: object) -> None:
        self._serving.close()

    def _answer(self, _path: str, _body: bytes) -> tuple[int, str, str]:
        return (503, "text/plain", "") if self.text is None else (200, self.content_type, self.text)


Answer = Callable[[str, bytes], tuple[int, str, str]]


@contextmanager
def serve(answer: Answer) -> Iterator[int]:
    """Serve HTTP on 127.0.0.1 and yield the port. `answer(path, body)` returns status, content type and text."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, content_type, text = answer(self.path, self.rfile.read(length))
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET  # noqa: N815  names that http.server looks up

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def http(url: str, body: bytes | None = None) -> str:
    """Text of a GET, or of a POST if there is a body, never by a proxy. Raises EngineError with the server's words."""
    try:
        with _DIRECT.open(urllib.request.Request(url, data=body), timeout=HTTP_SECONDS) as response:
            return str(response.read().decode())
    except urllib.error.HTTPError as error:
        raise EngineError(f"{url}: HTTP {error.code}: {error.read().decode(errors='replace')}") from error
    except OSError as error:
        raise EngineError(f"{url}: {error}") from error


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(look: Callable[[], T], seconds: float, what: str) -> T:
    """What `look` returns as soon as it is truthy. Raises EngineError after `seconds`, naming `what`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise EngineError(f"no {what.removeprefix('a ')} within {seconds:g}s")
        time.sleep(0.1)
    return found
