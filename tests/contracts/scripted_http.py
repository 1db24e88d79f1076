"""An HTTP server that answers by a script, for what no well-behaved server says."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer; `cut` ends the connection: `before_body`, `after_body` (of a request), `within_answer`."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: str = ""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class ScriptedServer:
    """Gives its answers one after the other, the last one for ever; a context manager."""

    def __init__(self, *answers: Answer) -> None:
        """Listen on a free port of the loopback address."""
        self.answers = list(answers)
        self.requests: list[Seen] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def base_url(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def next_answer(self) -> Answer:
        """Take the next answer."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(script: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_by_script(self) -> None:
            """Keep the request and give the next answer."""
            answer = script.next_answer()
            if answer.cut == "before_body":
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            script.requests.append(
                Seen(method=self.command, path=self.path, headers=dict(self.headers), body=body)
            )
            if answer.cut != "after_body":
                self._say(answer)

        def _say(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            missing = 10 if answer.cut == "within_answer" else 0
            self.send_header("Content-Length", str(len(answer.body) + missing))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_message: object) -> None:
            """Write no request log."""

    # The names by which http.server finds what handles a method.
    methods = ("GET", "POST", "PUT", "DELETE")
    vars_of_handler = {f"do_{method}": Handler.handle_by_script for method in methods}
    return type("ScriptedHandler", (Handler,), vars_of_handler)


def ok(text: str, **headers: str) -> Answer:
    """An answer with JSON."""
    return Answer(body=text.encode(), headers={"Content-Type": "application/json", **headers})
