"""Stand-ins for Slack and for a webhook: they keep what Alertmanager posts, and tell it in a line."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from web import serve


class Inbox:
    """What has arrived so far: (path without the slash, JSON body)."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.posts: list[tuple[str, Mapping[str, Any]]] = []
        self._tell = tell

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve on a free port of 127.0.0.1 and yield the base URL."""
        with serve(self._take) as port:
            yield f"http://127.0.0.1:{port}"

    def slack(self, color: str) -> int:
        """How many messages of a colour Slack has had: `danger` when the gate closes, `good` when it opens."""
        messages = [body for path, body in self.posts if path == "slack"]
        return sum(1 for message in messages for part in message["attachments"] if part["color"] == color)

    def _take(self, path: str, body: bytes) -> tuple[int, str, str]:
        post = (path.strip("/"), json.loads(body))
        self.posts.append(post)
        self._tell(summary(*post))
        return 200, "text/plain", "ok"


def summary(path: str, body: Mapping[str, Any]) -> str:
    """One line about a post: a Slack message's channel and title, or a webhook's status and alerts."""
    if path == "slack":
        texts = [str(part.get("title") or part.get("text") or "") for part in body.get("attachments", [])]
        first = next(iter(" ".join(texts).strip().splitlines()), "")
        return f"Slack {body.get('channel', '')}: {first}"
    names = sorted({str(alert["labels"]["alertname"]) for alert in body.get("alerts", [])})
    return f"webhook {path}: {body.get('status')}: {', '.join(names)}"
