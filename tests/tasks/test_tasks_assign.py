"""The office's people get one mail for each case, and the citizen hears who answers."""

from dataclasses import replace
from email.message import EmailMessage

from sqlalchemy import select

from practice.mailbox import Mailbox
from practice.testing import PracticeServer
from registry.model import Role
from rules.case import Status
from rules.kind import Kind
from rules.outbox import DeliveryState
from store import registry as registry_store
from store.cases import join
from store.tables import Answer, Case, Delivery, Mail, Message, MessageKind, Post
from tasks.assign import tell
from tasks.case_words import case_words
from tasks.deliver import deliver
from tasks.mail import mail
from tasks.open_cases import open_cases
from tasks.photos import fetch_photos
from tasks.reading import read
from tasks.reply import ask_for_hands
from tasks.workplace import Workplace
from tests import builders
from tests.builders import COMMS, MANAGER, NOW, Clock, small_registry
from tests.tasks.citizen import CITY_HALL, picture, write


def plain(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def html(letter: EmailMessage) -> str:
    body = letter.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def said(place: Workplace) -> list[tuple[MessageKind, str]]:
    with place.store.read() as session:
        return [(m.kind, m.text) for m in session.scalars(select(Message).order_by(Message.id))]


def test_the_managers_mail_says_what_where_whose_until_when_and_why(
    place: Workplace, network: PracticeServer, mailbox: Mailbox
) -> None:
    network.network.accounts.enrol("jiwoo")
    write(
        network,
        "jiwoo",
        "@x_mayor <b>신호등</b>이 꺼졌어요\n위험합니다",
        photo=picture(at=CITY_HALL),
        alt="꺼진 신호등",
    )
    read(place)
    fetch_photos(place)
    open_cases(place)
    with place.store.write() as session:
        case = session.scalars(select(Case)).one()
        case.kind, case.words, case.confidence = Kind.COMPLAINT, ["신호등", "꺼졌"], 0.97
        place.desk(session).route(case, "traffic")
    mail(place)
    (letter,) = mailbox.messages(MANAGER)
    for part in (plain(letter), html(letter)):
        for told in (
            "traffic office",
            "@jiwoo",
            "x_mayor account",
            "신호등",
            "97%",
            "처리기한",
            "시 자체 처리기간 3일",
            "openstreetmap.org/?mlat=37.56",
            "1장 (꺼진 신호등)",
            "https://center.example/l/",
        ):
            assert told in part
    assert "<b>신호등</b>" in plain(letter)
    assert "&lt;b&gt;신호등&lt;/b&gt;" in html(letter)
    assert "<b>" not in html(letter)
    shown = [part for part in letter.walk() if part.get_content_type() == "image/jpeg"]
    assert len(shown) == 1
    assert f"cid:{str(shown[0]['Content-ID']).strip('<>')}" in html(letter)


def test_a_citizen_cannot_have_another_cases_photo_mailed(
    place: Workplace, network: PracticeServer, mailbox: Mailbox
) -> None:
    write(network, "jiwoo", "@x_seoul 여기요", photo=picture())
    read(place)
    fetch_photos(place)
    with place.store.write() as session:
        case = builders.case(session, text='"><img src="cid:photo1@haechi">')
        builders.desk(session).route(case, "traffic")
    mail(place)
    (letter,) = mailbox.messages(MANAGER)
    assert [p for p in letter.walk() if p.get_content_maintype() == "image"] == []


def test_one_mail_for_each_case_and_manager(place: Workplace, mailbox: Mailbox) -> None:
    with place.store.write() as session:
        for _ in range(3):
            builders.desk(session, at=place.now()).route(builders.case(session), "traffic")
    mail(place)
    mail(place)
    assert len(mailbox.messages(MANAGER)) == 3
    assert len(mailbox.messages()) == 3


def test_an_office_without_a_manager_is_the_comms_teams(quiet: Workplace) -> None:
    city = small_registry()
    staff = tuple(p for p in city.staff if (p.office, p.role) != ("traffic", Role.MANAGER))
    with quiet.store.write() as session:
        registry_store.apply(session, small_registry(staff=staff), at=NOW)
        case = builders.case(session)
        builders.desk(session).route(case, "traffic")

        letters = session.scalars(select(Mail)).all()
    assert [(m.event, m.to) for m in letters] == [("no_manager", COMMS)]


def test_the_citizen_hears_which_office_and_until_when_once(
    place: Workplace, network: PracticeServer
) -> None:
    post = network.post("jiwoo", "@x_traffic 신호등이 꺼졌어요")
    read(place)
    open_cases(place)
    with place.store.write() as session:
        case = session.scalars(select(Case)).one()
        case.kind = Kind.COMPLAINT
        place.desk(session).route(case, "traffic")
    assert tell(place) == 1
    assert tell(place) == 0
    deliver(place)
    replies = [one for one in network.statuses("x_traffic") if one["in_reply_to_id"] == post]
    (reply,) = replies
    for told in ("@jiwoo", "traffic office", "까지 답변드리겠습니다", "2026-000001-1"):
        assert told in reply["text"]


def test_the_mayors_account_never_writes_and_the_flagship_says_whom_it_answers(
    place: Workplace, network: PracticeServer
) -> None:
    network.post("jiwoo", "@x_mayor 신호등이 꺼졌어요")
    read(place)
    open_cases(place)
    before = len(network.texts("x_seoul"))
    with place.store.write() as session:
        case = session.scalars(select(Case)).one()
        case.kind = Kind.COMPLAINT
        place.desk(session).route(case, "traffic")
    tell(place)
    deliver(place)
    assert network.texts("x_mayor") == []
    (reply,) = network.texts("x_seoul")[before:]
    assert "x_mayor account 계정에 남겨 주신" in reply


def test_where_the_network_refuses_the_reply_the_comms_team_gets_a_task(
    place: Workplace, network: PracticeServer, mailbox: Mailbox
) -> None:
    network.post("jiwoo", "@x_mayor 신호등이 꺼졌어요")
    read(place)
    open_cases(place)
    with place.store.write() as session:
        case = session.scalars(select(Case)).one()
        case.kind = Kind.COMPLAINT
        place.desk(session).route(case, "traffic")
    tell(place)
    network.fault("x_seoul", refuse="403 You may not reply to this post", on=["post"])
    assert deliver(place).failed == 1
    for _ in range(2):
        ask_for_hands(place)
    mail(place)
    (letter,) = mailbox.messages(COMMS)
    assert "You may not reply" in plain(letter)
    assert "신호등" in plain(letter)
    assert "네트워크가" in plain(letter)


def test_a_transfer_is_told(quiet: Workplace) -> None:
    with quiet.store.write() as session:
        case = builders.case(session)
        builders.desk(session).route(case, "traffic")
    tell(quiet)
    with quiet.store.write() as session:
        case = session.get_one(Case, 1)
        builders.desk(session, who=MANAGER).transfer(case, "mapo", why="구 도로입니다")
    tell(quiet)
    kinds = [kind for kind, _ in said(quiet)]
    assert kinds == [MessageKind.RECEIVED, MessageKind.TRANSFER]
    assert "mapo office" in said(quiet)[1][1]


def test_everyone_who_joins_a_case_hears_of_it_once(quiet: Workplace, clock: Clock) -> None:
    with quiet.store.write() as session:
        case = builders.case(session, author_id="a", author_handle="first")
        builders.desk(session).route(case, "traffic")
    tell(quiet)
    with quiet.store.write() as session:
        case = session.get_one(Case, 1)
        join(session, case, builders.post(session, author_handle="second"), at=NOW)
        join(session, case, builders.post(session, author_id="a", author_handle="first"), at=NOW)
    clock.pass_(minutes=1)
    tell(quiet)
    tell(quiet)
    assert [text.split()[0] for _, text in said(quiet)] == ["@first", "@second"]


def test_who_brings_a_case_back_hears_the_new_date(quiet: Workplace, clock: Clock) -> None:
    with quiet.store.write() as session:
        case = builders.case(session, author_id="a", author_handle="first")
        builders.desk(session).route(case, "traffic")
    tell(quiet)
    clock.pass_(days=3)
    with quiet.store.write() as session:
        case = session.get_one(Case, 1)
        for status in (Status.ASSIGNED, Status.ANSWERED, Status.REPLIED):
            case.move(status, who="x", at=quiet.now())
        join(
            session,
            case,
            builders.post(session, author_id="a", author_handle="first"),
            at=quiet.now(),
        )
        clock.pass_(minutes=1)
        builders.desk(session, at=quiet.now()).reopen(case, why="again")
    tell(quiet)
    assert [kind for kind, _ in said(quiet)] == [MessageKind.RECEIVED, MessageKind.RECEIVED]


def test_what_was_written_in_private_gets_no_public_reply(quiet: Workplace) -> None:
    with quiet.store.write() as session:
        case = builders.case(session, public=False)
        builders.desk(session).route(case, "traffic")
        builders.desk(session, who=MANAGER).designate(case, builders.CASEWORKER)
    tell(quiet)
    assert said(quiet) == []
    with quiet.store.write() as session:
        desk = builders.desk(session, who=builders.CASEWORKER)
        answer = desk.answer(session.get_one(Case, 1), "고쳤습니다", body="고쳤습니다", more="")
        assert isinstance(answer, Answer)
        (delivery,) = session.scalars(select(Delivery))
        assert delivery.state is DeliveryState.NEEDS_PERSON
        assert "private" in delivery.cause
        words = case_words(session, session.get_one(Case, 1), quiet)
    assert "비공개 글" in str(words["rows"])


def test_a_retired_office_stops_nobody_else_from_being_told(quiet: Workplace) -> None:
    with quiet.store.write() as session:
        for office in ("mapo", "traffic"):
            builders.desk(session).route(builders.case(session), office)
        city = small_registry()
        offices = {id_: o for id_, o in city.offices.items() if id_ != "mapo"}

        registry_store.apply(session, replace(city, offices=offices), at=NOW)
    tell(quiet)
    assert ["traffic office" in text for _, text in said(quiet)] == [True]
    with quiet.store.read() as session:
        assert session.scalars(select(Post)).all()
