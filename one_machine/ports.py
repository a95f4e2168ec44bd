"""The ports of the one-machine installation: which are whose, and whether they are free."""

import socket
from collections.abc import Mapping

from settings import Settings


class PortTaken(RuntimeError):
    """Other programs listen where ours should."""


def ports(settings: Settings) -> Mapping[str, tuple[int, str]]:
    """Each service with its port, and the variable that moves it."""
    return {
        "Prefect": (settings.prefect_port, "HAECHI_PREFECT_PORT"),
        "center": (settings.center_port, "HAECHI_CENTER_PORT"),
        "practice network": (settings.practice_port, "HAECHI_PRACTICE_PORT"),
        "mailbox (SMTP)": (settings.smtp_port, "HAECHI_SMTP_PORT"),
        "mailbox (page)": (settings.mailbox_port, "HAECHI_MAILBOX_PORT"),
    }


def check_ports(settings: Settings) -> None:
    """Raise `PortTaken`, one line for each port that is not free, and a guess where none is."""
    ours = ports(settings)
    taken = {name: why for name, (port, _) in ours.items() if (why := _taken(port))}
    if not taken:
        return
    lines = [
        f"{name}: port {ours[name][0]} is taken ({why}); "
        f"move it with {ours[name][1]}=<another port> make run"
        for name, why in taken.items()
    ]
    if len(taken) == len(ours):
        lines.append(f"Is Haechi running already? Then its pages are at {settings.center}")
    raise PortTaken("\n".join(lines))


def _taken(port: int) -> str:
    """Why nothing more can listen there; empty where it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror or str(error)
    return ""
