"""Mails to a local SMTP server: our postman against yagmail's `prepare_send` on one connection.

Both keep one connection open; runs alternate, and the medians are compared. The server is a
process of its own that throws everything away.
"""

import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import yagmail

from channels.mail import Letter, Postman
from settings import Settings

LETTERS = 150
ROUNDS = 7
ASKED = 0.8

_PLAIN = (
    "안녕하세요. 새 민원이 배정되었습니다.\n신호등이 꺼졌어요. 처리기한은 11월 25일입니다.\n" * 12
)
_HTML = (
    f"<!doctype html><html lang='ko'><body><p>{_PLAIN.replace(chr(10), '<br>')}</p></body></html>"
)


def main() -> None:
    """Measure and print one line of the table."""
    with smtp_sink() as port:
        settings = Settings(smtp_port=port, smtp_host="127.0.0.1", smtp_tls="none", smtp_user="")
        with Postman(settings) as postman, _bare(settings) as client:
            ours, bare = _alternated(lambda: _ours(postman), lambda: _theirs(client))
    ratio = bare / ours
    print(f"{'mails/s':<28}{'haechi':>10}{'yagmail':>10}{'ratio':>8}{'asked':>8}")
    print(
        f"{'one connection, loopback':<28}{LETTERS / ours:>10.0f}{LETTERS / bare:>10.0f}"
        f"{ratio:>8.2f}{ASKED:>8.2f}{'' if ratio >= ASKED else '  SHORT'}"
    )


@contextmanager
def smtp_sink() -> Iterator[int]:
    """An SMTP server in a process of its own; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "aiosmtpd",
        "-n",
        "-l",
        f"127.0.0.1:{port}",
        "-c",
        "aiosmtpd.handlers.Sink",
    ]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 (our own command)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def _bare(settings: Settings) -> Iterator[yagmail.Client]:
    client = yagmail.Client(
        settings.mail_from,
        host=settings.smtp_host,
        port=settings.smtp_port,
        smtp_ssl=False,
        smtp_starttls=False,
        smtp_skip_login=True,
    )
    client.login()
    try:
        yield client
    finally:
        client.close()


def _ours(postman: Postman) -> None:
    for number in range(LETTERS):
        postman.send(
            Letter(
                to="manager@road.seoul.example",
                subject="[민원] 신호등이 꺼졌어요",
                plain=_PLAIN,
                html=_HTML,
                message_id=f"<case-{number}@seoul.example>",
            )
        )


def _theirs(client: yagmail.Client) -> None:
    for number in range(LETTERS):
        recipients, text = client.prepare_send(
            to="manager@road.seoul.example",
            subject="[민원] 신호등이 꺼졌어요",
            contents=[yagmail.raw(_PLAIN)],
            message_id=f"<case-{number}@seoul.example>",
            prettify_html=False,  # the faster way, so the harder one to match
        )
        client.smtp.sendmail(client.user, recipients, text)


def _alternated(ours: Callable[[], None], theirs: Callable[[], None]) -> tuple[float, float]:
    """Median seconds of each, taken in turns after one round to warm up."""
    for run in (ours, theirs):
        run()
    times = [(_timed(ours), _timed(theirs)) for _ in range(ROUNDS)]
    return statistics.median(t for t, _ in times), statistics.median(t for _, t in times)


def _timed(run: Callable[[], None]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
