"""Mail by yagmail: its eight surprises stay inside, and no letter is lost."""

import contextlib
import email.header
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from channels.letter import encoded, one_line
from channels.mail import Attached, Letter, MailBusy, MailRefused, Picture, Postman
from practice.testing import mailbox_server
from tests.channels.channel_builders import settings_in
from tests.channels.mail_server import Post, certificate, logging_in, mail_server

PLAIN = "안녕하세요. 새 민원이 있습니다.\n<b>굵게</b> & 그대로"
# aiosmtpd warns of logins in clear, which is what some of these tests are about.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")

HTML = "<p>안녕하세요. 새 민원이 있습니다.<br>&lt;b&gt;굵게&lt;/b&gt; &amp; 그대로</p>"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def a_letter(**changes: Any) -> Letter:
    usual: dict[str, Any] = {
        "to": "manager@road.seoul.example",
        "subject": "[민원] 신호등이 꺼졌어요",
        "plain": PLAIN,
        "html": HTML,
        "message_id": "<case-1.assigned@seoul.example>",
    }
    return Letter(**usual | changes)


@contextlib.contextmanager
def a_postman(
    var: Path, port: int, tls: ssl.SSLContext | None = None, **changes: Any
) -> Iterator[Postman]:
    options: dict[str, Any] = {
        name: changes.pop(name) for name in ("clock", "sender_name", "timeout") if name in changes
    }
    settings = settings_in(var, **{"smtp_port": port} | changes)
    with Postman(settings, tls=tls, **({"timeout": 2.0} | options)) as postman:
        yield postman


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def postman(post: Post, tmp_path: Path) -> Iterator[Postman]:
    with mail_server(post) as port, a_postman(tmp_path, port) as postman:
        yield postman


def parts_of(post: Post) -> dict[str, str]:
    (letter,) = post.letters
    return {
        part.get_content_type(): part.get_content().replace("\r\n", "\n").rstrip("\n")
        for part in letter.walk()
        if not part.is_multipart()
    }


def test_a_file_goes_beside_the_words_and_changes_none_of_them(
    postman: Postman, post: Post
) -> None:
    book = Attached(name="bulletin-1.xlsx", kind="application/vnd.ms-excel", content=b"PK\x03\x04")
    postman.send(a_letter(attached=(book,)))

    (letter,) = post.letters
    (found,) = letter.iter_attachments()
    assert (found.get_filename(), found.get_content()) == (book.name, book.content)
    assert found.get_content_type() == book.kind
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain
    assert html
    assert plain.get_content().replace("\r\n", "\n").rstrip() == PLAIN
    assert html.get_content().rstrip() == HTML


@pytest.mark.parametrize(
    "wrong", [{"name": "a\nBcc: x@y.z"}, {"name": "../a"}, {"kind": "text/html"}, {"name": ""}]
)
def test_a_file_that_is_none_is_refused(postman: Postman, wrong: dict[str, str]) -> None:
    usual: dict[str, Any] = {"name": "a.xlsx", "kind": "application/zip", "content": b""}
    with pytest.raises(MailRefused, match="cannot be attached"):
        postman.send(a_letter(attached=(Attached(**usual | wrong),)))


# --- the eight facts, each kept inside


def test_a_text_that_is_the_path_of_a_file_stays_a_text(postman: Postman, post: Post) -> None:
    postman.send(a_letter(plain="/etc/hostname", html="/etc/hostname"))

    assert parts_of(post) == {
        "text/plain": "/etc/hostname",
        "text/html": "/etc/hostname",
    }


def test_a_letter_has_the_one_message_id_it_was_given(postman: Postman, post: Post) -> None:
    postman.send(a_letter(message_id="<case-7@seoul.example>"))

    (letter,) = post.letters
    assert letter.get_all("Message-ID") == ["<case-7@seoul.example>"]


def test_a_lost_answer_is_told_at_once_and_the_letter_sent_just_once(
    postman: Postman, post: Post
) -> None:
    post.at_data = ["drop"]

    with pytest.raises(MailBusy, match="not known to be out"):
        postman.send(a_letter())

    assert len(post.arrived) == 1


def test_many_letters_go_over_one_connection(postman: Postman, post: Post) -> None:
    for n in range(5):
        postman.send(a_letter(message_id=f"<case-{n}@seoul.example>"))

    assert (len(post.arrived), post.connections) == (5, 1)


def test_starttls_refuses_a_certificate_that_nobody_vouches_for(post: Post, tmp_path: Path) -> None:
    server_tls, _ = certificate(tmp_path)
    with (
        mail_server(post, tls_context=server_tls) as port,
        a_postman(tmp_path, port, smtp_host="localhost", smtp_tls="starttls") as postman,
        pytest.raises(MailBusy, match="certificate"),
    ):
        postman.send(a_letter())

    assert post.arrived == []


@pytest.mark.parametrize("secure", ["starttls", "tls"])
def test_a_vouched_certificate_is_taken(post: Post, tmp_path: Path, secure: str) -> None:
    server_tls, trusting = certificate(tmp_path)
    options: dict[str, Any] = {"tls_context" if secure == "starttls" else "ssl_context": server_tls}
    with (
        mail_server(post, **options) as port,
        a_postman(tmp_path, port, trusting, smtp_host="localhost", smtp_tls=secure) as postman,
    ):
        postman.send(a_letter())

    assert len(post.arrived) == 1


def test_both_parts_arrive_as_their_templates_made_them(postman: Postman, post: Post) -> None:
    postman.send(a_letter())

    assert parts_of(post) == {"text/plain": PLAIN, "text/html": HTML}


@pytest.mark.parametrize("subject", ["하나\r\nBcc: spy@evil.example", "one\nBcc: spy@evil.example"])
def test_a_line_break_in_a_subject_makes_no_header(
    postman: Postman, post: Post, subject: str
) -> None:
    postman.send(a_letter(subject=subject))

    (letter,) = post.letters
    assert "Bcc" not in letter
    assert letter["Subject"] == " ".join(subject.split())


def test_an_encoded_line_break_stays_what_the_citizen_wrote(postman: Postman, post: Post) -> None:
    written = "=?UTF-8?Q?=0A?=Bcc: spy@evil.example"
    postman.send(a_letter(subject=written))

    (letter,) = post.letters
    assert letter["Subject"] == written
    assert "Bcc" not in letter
    assert b"\nBcc:" not in letter.as_bytes()


def test_a_letter_goes_to_the_address_named_in_its_header(postman: Postman, post: Post) -> None:
    postman.send(a_letter(to="manager@road.seoul.example"))

    (letter,) = post.letters
    assert letter["To"] == "manager@road.seoul.example"
    assert post.arrived[0].rcpt_tos == ["manager@road.seoul.example"]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "nobody",
        "a@b.example, c@d.example",
        "a@b.example\r\nBcc: spy@evil.example",
        "a@b.example\n",
        "이름 <a@b.example>",
        "한글@b.example",
        "a@b@c.example",
    ],
)
def test_what_is_not_one_address_is_refused(postman: Postman, post: Post, to: str) -> None:
    with pytest.raises(MailRefused, match="address"):
        postman.send(a_letter(to=to))

    assert post.arrived == []


# --- headers


def test_extra_headers_are_set_each_on_one_line(postman: Postman, post: Post) -> None:
    headers = {
        "Reply-To": "desk@seoul.example",
        "Auto-Submitted": "auto-generated\r\nBcc: spy@evil.example",
    }
    postman.send(a_letter(headers=headers))

    (letter,) = post.letters
    assert letter["Reply-To"] == "desk@seoul.example"
    assert letter["Auto-Submitted"] == "auto-generated Bcc: spy@evil.example"
    assert "Bcc" not in letter


@pytest.mark.parametrize("name", ["Bcc", "To", "Message-ID", "Content-Type", "X\r\nBcc"])
def test_a_header_that_is_not_a_letters_to_set_is_refused(postman: Postman, name: str) -> None:
    with pytest.raises(MailRefused, match="headers"):
        postman.send(a_letter(headers={name: "spy@evil.example"}))


@pytest.mark.parametrize("message_id", ["", "case-1", "<a@b>\r\nBcc: x@y", "<a b@c>"])
def test_what_is_not_a_message_id_is_refused(postman: Postman, message_id: str) -> None:
    with pytest.raises(MailRefused, match="Message-ID"):
        postman.send(a_letter(message_id=message_id))


def test_the_sender_is_shown_with_the_citys_name(post: Post, tmp_path: Path) -> None:
    with (
        mail_server(post) as port,
        a_postman(tmp_path, port, sender_name="서울시\n소통팀") as postman,
    ):
        postman.send(a_letter())

    (letter,) = post.letters
    assert letter["From"] == "서울시 소통팀 <haechi@seoul.example>"
    assert post.arrived[0].mail_from == "haechi@seoul.example"


def test_lone_surrogates_and_nul_hold_no_letter_back(postman: Postman, post: Post) -> None:
    postman.send(a_letter(subject="빈 \ud800 글\0자", plain="\ud800 본문 \0", html="<p>\udfff</p>"))

    assert len(post.arrived) == 1


@given(text=st.text(max_size=300))
@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_subject_becomes_ascii_lines_that_are_all_of_that_header(text: str) -> None:
    header = encoded(text)

    first, *others = header.split("\n")
    assert header.isascii()
    assert "\r" not in header
    assert all(line.startswith(" ") for line in others)
    assert all(len(line) <= 80 for line in (first, *others))


@given(text=st.text(max_size=100))
def test_any_subject_is_read_as_it_was_written(text: str) -> None:
    decoded = str(email.header.make_header(email.header.decode_header(encoded(text))))

    assert one_line(decoded) == one_line(text)


# --- a bad day


def test_a_server_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    with a_postman(tmp_path, 9) as postman, pytest.raises(MailBusy, match=r"127\.0\.0\.1:9"):
        postman.send(a_letter())


def test_a_server_that_says_nothing_is_waited_for(post: Post, tmp_path: Path) -> None:
    post.at_data = ["silence"]
    with (
        mail_server(post) as port,
        a_postman(tmp_path, port, timeout=0.3) as postman,
        pytest.raises(MailBusy, match="not known to be out"),
    ):
        postman.send(a_letter())


@pytest.mark.parametrize("step", ["at_sender", "at_rcpt", "at_data"])
@pytest.mark.parametrize("answer", ["421 going down", "450 try later", "452 disk is full"])
def test_a_temporary_answer_is_waited_for_and_the_next_letter_goes(
    postman: Postman, post: Post, step: str, answer: str
) -> None:
    setattr(post, step, [answer])

    with pytest.raises(MailBusy, match=answer[:3]):
        postman.send(a_letter())
    postman.send(a_letter())

    assert len(post.arrived) == 1


@pytest.mark.parametrize(
    ("step", "answer"),
    [("at_rcpt", "550 no such person"), ("at_rcpt", "553 no"), ("at_data", "554 looks like spam")],
)
def test_a_refused_letter_is_a_matter_for_a_person_and_the_next_goes(
    postman: Postman, post: Post, step: str, answer: str
) -> None:
    setattr(post, step, [answer])

    with pytest.raises(MailRefused, match=answer):
        postman.send(a_letter())
    postman.send(a_letter())

    assert len(post.arrived) == 1


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("at_sender", "550 you may not send"),
        ("at_sender", "530 log in first"),
        ("at_data", "503 bad sequence"),
    ],
)
def test_a_server_that_refuses_us_not_the_letter_is_waited_for(
    postman: Postman, post: Post, step: str, answer: str
) -> None:
    setattr(post, step, [answer])

    with pytest.raises(MailBusy, match=answer):
        postman.send(a_letter())


@pytest.mark.parametrize("step", ["at_rcpt", "at_data"])
def test_after_a_dropped_connection_the_next_letter_makes_a_new_one(
    postman: Postman, post: Post, step: str
) -> None:
    setattr(post, step, ["drop"])
    with pytest.raises(MailBusy):
        postman.send(a_letter())

    postman.send(a_letter())

    assert post.connections == 2


def test_a_connection_that_was_idle_is_used_again_while_it_stands(
    post: Post, tmp_path: Path
) -> None:
    clock = Clock()
    with mail_server(post) as port, a_postman(tmp_path, port, clock=clock) as postman:
        postman.send(a_letter())
        clock.now += 3600
        postman.send(a_letter())

    assert (post.connections, len(post.arrived)) == (1, 2)


def test_an_idle_connection_that_the_server_closed_costs_no_letter(
    post: Post, tmp_path: Path
) -> None:
    clock = Clock()
    with mail_server(post) as port:
        postman = Postman(settings_in(tmp_path, smtp_port=port), clock=clock, timeout=2)
        postman.send(a_letter())
    with mail_server(post, port=port), postman:
        clock.now += 3600
        postman.send(a_letter())

    assert (post.connections, len(post.arrived)) == (2, 2)


def test_logging_in_uses_the_mail_servers_own_user(post: Post, tmp_path: Path) -> None:
    with (
        mail_server(post, **logging_in(post)) as port,
        a_postman(tmp_path, port, smtp_user="relay", smtp_password="right") as postman,
    ):
        postman.send(a_letter())

    assert set(post.logins) == {b"relay"}
    assert len(post.arrived) == 1


def test_a_wrong_password_delays_letters_and_is_not_told(post: Post, tmp_path: Path) -> None:
    with (
        mail_server(post, **logging_in(post)) as port,
        a_postman(tmp_path, port, smtp_user="relay", smtp_password="wr0ng-secret") as postman,
        pytest.raises(MailBusy, match="535") as busy,
    ):
        postman.send(a_letter())

    assert "wr0ng-secret" not in str(busy.value)


def test_a_password_never_goes_in_clear_to_another_machine(post: Post, tmp_path: Path) -> None:
    options: dict[str, Any] = {"smtp_host": "127.1", "smtp_user": "relay", "smtp_password": "right"}
    with (
        mail_server(post, **logging_in(post)) as port,
        a_postman(tmp_path, port, **options) as postman,
        pytest.raises(MailBusy, match="HAECHI_SMTP_TLS"),
    ):
        postman.send(a_letter())

    assert post.logins == []


@pytest.mark.parametrize(
    ("fault", "arrives"), [("refuse", 1), ("temporary", 1), ("lose_answer", 2)]
)
def test_a_bad_moment_of_the_mailbox_delays_a_letter_and_loses_none(
    tmp_path: Path, fault: str, arrives: int
) -> None:
    with (
        mailbox_server(tmp_path / "mail") as mailbox,
        a_postman(tmp_path, mailbox.port) as postman,
    ):
        mailbox.fault(fault, count=1)
        with pytest.raises(MailBusy):
            postman.send(a_letter())
        postman.send(a_letter())

    kept = mailbox.messages("manager@road.seoul.example")
    assert [letter["Message-ID"] for letter in kept] == [a_letter().message_id] * arrives


def test_a_stopped_mailbox_delays_a_letter_until_it_is_back(tmp_path: Path) -> None:
    with (
        mailbox_server(tmp_path / "mail") as mailbox,
        a_postman(tmp_path, mailbox.port) as postman,
    ):
        mailbox.stop()
        with pytest.raises(MailBusy):
            postman.send(a_letter())
        mailbox.start()
        postman.send(a_letter())

    assert len(mailbox.messages()) == 1


def test_an_address_that_the_mailbox_refuses_is_a_matter_for_a_person(tmp_path: Path) -> None:
    with (
        mailbox_server(tmp_path / "mail") as mailbox,
        a_postman(tmp_path, mailbox.port) as postman,
    ):
        mailbox.fault("permanent", count=1)
        with pytest.raises(MailRefused, match="550"):
            postman.send(a_letter())


def test_a_picture_has_a_file_name(tmp_path: Path) -> None:
    shown = Picture(name="photo5@haechi", jpeg=b"\xff\xd8\xff\xe0")
    told = a_letter(pictures=(shown,))
    with mailbox_server(tmp_path) as box, a_postman(tmp_path, box.port) as postman:
        postman.send(told)
        (kept,) = box.messages()
    assert [part.get_filename() for part in kept.walk() if part.get_filename()] == ["photo5.jpg"]
