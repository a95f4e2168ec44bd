"""Where to go after signing in: a page of ours, never anywhere else."""

from urllib.parse import quote

from fastapi import Request


def sign_in_for(request: Request) -> str:
    """The sign-in page that leads back to the page asked for."""
    page = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/sign-in" if page == "/" else f"/sign-in?next={quote(page, safe='')}"


def own_page(asked: str) -> str:
    """The path where it is one of ours, else the first page.

    An address that a browser would read as another host (`//`, a backslash, a control
    character) is not ours.
    """
    ours = asked.startswith("/") and not asked.startswith(("//", "/l/"))
    plain = asked.isprintable() and "\\" not in asked and len(asked) <= 300
    return asked if ours and plain else "/"
