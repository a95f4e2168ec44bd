"""What `haechi start` says first."""

from settings import Settings


def welcome(settings: Settings) -> str:
    """Where everything is, and what to try first."""
    prefect = f"http://127.0.0.1:{settings.prefect_port}"
    mailbox = f"http://127.0.0.1:{settings.mailbox_port}"
    return f"""
Haechi starts, in {settings.mode} mode. Ctrl-C stops all of it.

  practice network  {settings.practice}   write as a citizen, read the city's answers
  mailbox           {mailbox}   what the offices' people get by mail
  center            {settings.center}   where they answer
  Prefect           {prefect}   what runs, and what it did

The flows are deployed a minute or two from now; until then Prefect says that there are none.

Try first: write to an account on the practice network, wait a minute, find the manager's mail in
the mailbox, follow its link, name a caseworker, answer from the caseworker's mail, and see the
reply appear below your post.
{_address_missing(settings)}"""


def _address_missing(settings: Settings) -> str:
    if settings.public_center:
        return ""
    return """
HAECHI_CENTER_URL is not set: mails lead to this machine only, and no disaster message is taken
until it says by which address citizens and staff reach the center.
"""
