"""The one-machine installation: its ports, its environment, its first steps."""

from one_machine.environment import answers, environment, use_prefect, wait_for_prefect
from one_machine.ports import PortTaken, check_ports, ports
from one_machine.prefect_server import serve_prefect
from one_machine.start import STOPPED, STOPPING, run_honcho, run_until_stopped
from one_machine.started import StoreElsewhere, join, write_down
from one_machine.welcome import welcome
from one_machine.worker import bury_dead_runs, run_worker

__all__ = [
    "STOPPED",
    "STOPPING",
    "PortTaken",
    "StoreElsewhere",
    "answers",
    "bury_dead_runs",
    "check_ports",
    "environment",
    "join",
    "ports",
    "run_honcho",
    "run_until_stopped",
    "run_worker",
    "serve_prefect",
    "use_prefect",
    "wait_for_prefect",
    "welcome",
    "write_down",
]
