"""The answer: written, seen as the citizen will see it, approved, sent."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import Response

from center.acting import Acting, Refused, acting
from center.case_form import CaseForm, Sent, Text
from center.center import Center
from center.remedy import says_remedy, with_remedy
from center.replies import answer_body, more_line
from center.uploads import UploadRefused, keep_upload
from rules.case import Status
from store.case_page import add_upload, answers_of, photo_in
from store.tables import Answer, Photo

router = APIRouter(prefix="/cases/{number}")


@router.post("/answer")
def answer(
    form: Sent,
    text: Text = "",
    alt: Text = "",
    photo_id: Annotated[str, Form()] = "",
    no_photo: Text = "",
    refusal: Text = "",
    step: Text = "preview",
    previewed: Text = "",
    photo: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Keep the answer; or show first how the citizen will see it."""
    sure = step == "send" and bool(previewed)
    if refusal and not says_remedy(text):
        text, sure = with_remedy(text), False  # its writer sees the added words before they go out
    typed = {"text": text, "alt": alt, "photo_id": "" if no_photo else photo_id}
    text = text.replace("\r\n", "\n")
    try:
        if photo is not None and photo.size:
            typed["photo_id"] = str(_keep_photo(form, photo, alt))
        with form.acting() as act:
            _check_answerable(act, text)
            kept = _described(act, typed["photo_id"], alt)
            if sure:
                written = _answer(act, form.center, text, kept)
    except Refused as refused:
        if refused.key == "photo_gone":
            typed["photo_id"] = ""
        return form.refused("answer", refused, **typed)
    if not sure:
        return form.confirm(typed, act="answer")
    form.go_on("answer")
    return form.done("answered" if written.approved_at else "in_review")


@router.post("/approve")
def approve(form: Sent, answer_id: Annotated[int, Form()] = 0) -> Response:
    """The manager lets the answer go."""
    try:
        with form.acting() as act:
            waiting = _waiting(act, answer_id)
            body = answer_body(act.desk.registry, act.case, waiting.text)
            more = more_line(form.center.settings, act.case, waiting.text)
            act.desk.approve(act.case, waiting, body=body, more=more)
    except Refused as refused:
        return form.refused("approve", refused)
    form.go_on("approve")
    return form.done("approved")


@router.post("/refuse")
def refuse_answer(form: Sent, answer_id: Annotated[int, Form()] = 0, why: Text = "") -> Response:
    """The manager gives the answer back to its writer, with the reason."""
    try:
        with form.acting() as act:
            act.desk.refuse(act.case, _waiting(act, answer_id), why=why)
    except Refused as refused:
        return form.refused("refuse", refused, refuse_why=why)
    form.go_on("refuse")
    return form.done("refused")


def _keep_photo(form: CaseForm, photo: UploadFile, alt: str) -> int:
    """Save the photo before anything else is asked, so that no mistake elsewhere loses it."""
    try:
        upload = keep_upload(photo.file, form.center.settings.media)
    except UploadRefused as error:
        raise Refused(error.key) from error
    except OSError as error:
        raise Refused("full") from error
    with acting(form.center, form.visitor, form.number) as act:
        return add_upload(
            act.desk.session,
            act.case,
            file=upload.file,
            mime=upload.mime,
            size=upload.size,
            alt=alt.strip(),
        ).id


def _check_answerable(act: Acting, text: str) -> None:
    if not text.strip():
        raise Refused("no_text")
    if act.case.status is Status.ASSIGNED and _pending(act) is not None:
        raise Refused("in_review_already")


def _described(act: Acting, photo_id: str, alt: str) -> Photo | None:
    """The photo of this answer, with its description; who cannot see it is owed one."""
    if not photo_id:
        return None
    photo = photo_in(act.desk.session, act.case, int(photo_id)) if photo_id.isdecimal() else None
    if photo is None or photo.post_id is not None:
        raise Refused(
            "photo_gone"
        )  # cleared after a day (store/photos_left.py), or never this case's
    if not alt.strip():
        raise Refused("no_alt")
    photo.alt = alt.strip()
    return photo


def _answer(act: Acting, center: Center, text: str, photo: Photo | None) -> Answer:
    return act.desk.answer(
        act.case,
        text.strip(),
        body=answer_body(act.desk.registry, act.case, text),
        more=more_line(center.settings, act.case, text),
        photo_id=photo.id if photo else None,
    )


def _waiting(act: Acting, answer_id: int) -> Answer:
    found = act.desk.session.get(Answer, answer_id)
    if found is None or found.case_id != act.case.id:
        raise Refused("faster")
    return found


def _pending(act: Acting) -> Answer | None:
    answers = answers_of(act.desk.session, act.case)
    return next((a for a in answers if a.approved_at is None and a.refused_why is None), None)
