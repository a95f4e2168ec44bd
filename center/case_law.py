"""What the law lets an office do besides: survey the site, close what is said again and again."""

from fastapi import APIRouter
from fastapi.responses import Response

from center.acting import Refused
from center.case_form import Sent, Text, as_sent, because
from center.remedy import closing_text
from center.replies import answer_body, more_line, put_off_body, put_off_more
from center.show import Show

router = APIRouter(prefix="/cases/{number}")


@router.post("/survey")
def survey(form: Sent, days: Text = "", why: Text = "", sure: Text = "") -> Response:
    """Begin a site survey: first the new date and what the citizen will read, then for sure."""
    typed = {"days": days, "why": why}
    try:
        with form.acting() as act:
            town, case = act.desk.registry, act.case
            longer = act.desk.surveyed(case, _days(days))
            show = Show(town.city.timezone)
            body = put_off_body(town, case, "survey", longer, show, why=because(why))
            more = put_off_more(form.center.settings, case)
            if sure:
                act.desk.survey(case, _days(days), why=why, body=body, more=more)
            else:
                shown = as_sent(act, body, more)
    except Refused as refused:
        return form.refused("survey", refused, **typed)
    if not sure:
        return form.confirm(typed, act="survey", due=longer, replies=shown)
    form.go_on("survey")
    return form.done("survey")


@router.post("/survey-end")
def end_survey(form: Sent) -> Response:
    """The survey ends today, before its last day; its page said what date that gives."""
    try:
        with form.acting() as act:
            town = act.desk.registry
            nearer = act.desk.survey_ended(act.case)
            show = Show(town.city.timezone)
            act.desk.end_survey(
                act.case, body=put_off_body(town, act.case, "survey_ended", nearer, show)
            )
    except Refused as refused:
        return form.refused("survey-end", refused)
    form.go_on("survey-end")
    return form.done("survey_ended")


@router.post("/close")
def close(form: Sent, why: Text = "", sure: Text = "") -> Response:
    """No more answers to the same: first what the citizen will read for the last time, then for sure."""
    typed = {"why": why}
    try:
        with form.acting() as act:
            text = closing_text(because(why))
            body = answer_body(act.desk.registry, act.case, text)
            more = more_line(form.center.settings, act.case, text)
            if sure:
                act.desk.close(act.case, text, why=why, body=body, more=more)
            else:
                act.desk.check_closing(act.case)
                shown = as_sent(act, body, more)
    except Refused as refused:
        return form.refused("close", refused, **typed)
    if not sure:
        return form.confirm(typed, act="close", replies=shown)
    form.go_on("close")
    return form.done("closed")


def _days(written: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) <= 2):
        raise Refused("days")
    return int(written)
