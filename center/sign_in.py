"""Signing in by a mailed link: no password, nothing that opening a link changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from center.acting import ask
from center.center import Center
from center.cookies import MOST_PAGES, PAGES, SIGNED_IN
from center.guard import CenterHere, client_address
from center.next_page import own_page
from center.render import render, see_other
from center.seats import person_of
from center.visitor import SIGNED_IN_FOR, holding, opened
from store.access import link_of, mail_sign_in, may_ask
from store.registry import load
from store.tables import Link, LinkPurpose
from store.visits import revoke_links

router = APIRouter()


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/", ended: bool = False) -> HTMLResponse:
    """The form; whoever has only a mail's link open is told why there is one."""
    visitor = request.state.visitor
    by_mail = bool(visitor.browser) and visitor.person is None and not ended
    return render(
        request,
        "sign_in",
        next=own_page(next),
        ended=ended,
        by_mail=by_mail,
        asked=False,
        email="",
    )


@router.post("/sign-in")
def ask_for_link(
    request: Request,
    center: CenterHere,
    later: BackgroundTasks,
    email: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> HTMLResponse:
    """Mail a link to staff. Strangers get the same page, and no mail."""
    address = email.strip().lower()
    if "@" not in address or len(address) > 254:
        return render(
            request,
            "sign_in",
            status=422,
            next=own_page(next),
            ended=False,
            by_mail=False,
            asked=False,
            email=email,
        )
    _mail_link(request, center, address, own_page(next))
    later.add_task(ask, center, "mail")
    return render(request, "sign_in", next="/", ended=False, asked=True, email=address)


def _mail_link(request: Request, center: Center, address: str, path: str) -> None:
    host = client_address(request)
    with center.store.write() as session:
        allowed = may_ask(session, email=address, address=host, at=center.clock())
        person = person_of(load(session), address)
        if allowed and person is not None:
            mail_sign_in(session, person.email, path=path, at=center.clock())
    if not allowed:
        raise HTTPException(429)


@router.get("/l/{token}")
def open_link(request: Request, center: CenterHere, token: str) -> Response:
    """Turn a mailed link into a cookie and lead to its page; the store stays as it is.

    A mail scanner may open it as often as it likes.
    """
    with center.store.read() as session:
        link = link_of(session, token, center.settings.center_key, at=center.clock())
        known = link is not None and person_of(load(session), link.email) is not None
        others = holding(session, opened(request, center), at=center.clock())
    if link is None or not known:
        return render(request, "link_ended", status=410)
    answer = see_other(own_page(link.path))
    _keep(center, link, _in_order(request, center, others), answer)
    return answer


def _in_order(request: Request, center: Center, links: Sequence[Link]) -> list[Link]:
    """As this browser opened them, the latest last."""
    by_name = {link.name: link for link in links}
    return [by_name[name] for name in opened(request, center) if name in by_name]


def _keep(center: Center, link: Link, others: Sequence[Link], answer: RedirectResponse) -> None:
    """A sign-in replaces the one before, and closes the pages that somebody else opened here.

    Pages gather, and the cookie ends with the last of them. Each page still ends with its own
    link: `center/visitor.py` asks at every visit.
    """
    if link.purpose == LinkPurpose.SIGN_IN:
        _set(center, answer, SIGNED_IN, [link], until=center.clock() + SIGNED_IN_FOR)
        pages = [other for other in others if other.email.lower() == link.email.lower()]
    else:
        pages = [*(other for other in others if other.name != link.name), link][-MOST_PAGES:]
    if pages:
        _set(center, answer, PAGES, pages, until=max(one.expires_at for one in pages))
    elif others:
        answer.delete_cookie(PAGES, httponly=True, samesite="lax", secure=center.secure)


def _set(
    center: Center, answer: RedirectResponse, name: str, links: Sequence[Link], *, until: datetime
) -> None:
    answer.set_cookie(
        name,
        center.signer.seal(name, [one.name for one in links], until=until),
        expires=until,
        httponly=True,
        samesite="lax",
        secure=center.secure,
    )


@router.post("/sign-out")
def sign_out(request: Request, center: CenterHere) -> Response:
    """End the sign-in, here and wherever its cookie was copied to.

    The links of single pages stay good in the mails that carry them; this browser forgets them.
    """
    value = request.cookies.get(SIGNED_IN, "")
    names = center.signer.unseal(SIGNED_IN, value, at=center.clock())
    with center.store.write() as session:
        revoke_links(session, names, at=center.clock())
    answer = see_other("/done?what=signed_out")
    for cookie in (SIGNED_IN, PAGES):
        answer.delete_cookie(cookie, httponly=True, samesite="lax", secure=center.secure)
    return answer


@router.get("/done")
def done(request: Request, what: str = "") -> HTMLResponse:
    """What was done, for somebody whose link opens nothing further."""
    return render(request, "done", what=what)
