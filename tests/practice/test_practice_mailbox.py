"""The practice mailbox: real SMTP in, a page to read it, faults on demand."""

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from practice.mailbox import Mailbox
from practice.mailbox_page import create_page
from practice.running import in_thread
from practice.testing import mailbox_server

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    with mailbox_server(tmp_path) as running:
        yield running


@pytest.fixture
def page(mailbox: Mailbox) -> Iterator[httpx.Client]:
    with (
        in_thread(create_page(mailbox.maildir)) as url,
        httpx.Client(base_url=url, timeout=60) as browser,
    ):
        yield browser


def mail(to: str = "manager@seoul.example", **told: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "haechi@seoul.example", to
    message["Subject"] = told.get("subject", "[배정] 신호등")
    message.set_content(told.get("plain", "정해 주세요\nhttp://127.0.0.1:8000/c/1.\n"))
    if "html" in told:
        message.add_alternative(told["html"], subtype="html")
    return message


def send(mailbox: Mailbox, *mails: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=20) as client:
        for message in mails:
            client.send_message(message)


def test_a_mail_is_kept_whole(mailbox: Mailbox) -> None:
    send(mailbox, mail(subject="한글 제목", plain="본문"), mail("other@seoul.example"))
    (kept,) = mailbox.messages("manager@seoul.example")
    assert (kept["Subject"], kept.get_content().strip()) == ("한글 제목", "본문")
    assert len(mailbox.messages()) == 2


def test_a_blind_copy_is_found_by_who_it_was_delivered_to(mailbox: Mailbox) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port) as client:
        client.send_message(mail(), to_addrs=["hidden@seoul.example"])
    assert len(mailbox.messages("hidden@seoul.example")) == 1
    assert mailbox.messages("manager@seoul.example") == []


def test_busy_then_well(mailbox: Mailbox) -> None:
    mailbox.fault("temporary", count=1)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(mailbox, mail())
    assert refused.value.smtp_code == 451
    send(mailbox, mail())
    assert len(mailbox.messages()) == 1


def test_refused_for_good_until_healed(mailbox: Mailbox) -> None:
    mailbox.fault("permanent")
    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError) as refused:
            send(mailbox, mail())
        assert refused.value.smtp_code == 550
    mailbox.heal()
    send(mailbox, mail())
    assert len(mailbox.messages()) == 1


def test_a_lost_answer_leaves_the_mail(mailbox: Mailbox) -> None:
    mailbox.fault("lose_answer", count=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(mailbox, mail())
    assert len(mailbox.messages()) == 1


def test_a_connection_can_be_hung_up_on(mailbox: Mailbox) -> None:
    mailbox.fault("refuse", count=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(mailbox, mail())
    send(mailbox, mail())


def test_a_stopped_server_refuses_connections_and_comes_back_with_its_mails(
    mailbox: Mailbox,
) -> None:
    send(mailbox, mail())
    mailbox.stop()
    with pytest.raises(ConnectionRefusedError):
        send(mailbox, mail())
    mailbox.start()
    send(mailbox, mail())
    assert len(mailbox.messages()) == 2


def test_an_unknown_fault_is_named(mailbox: Mailbox) -> None:
    with pytest.raises(ValueError, match="not flood"):
        mailbox.fault("flood")


def test_who_must_sign_in_must_sign_in(tmp_path: Path) -> None:
    with mailbox_server(tmp_path, users={"haechi": "right"}) as mailbox:
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(mailbox, mail())
        with smtplib.SMTP("127.0.0.1", mailbox.port) as client:
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("haechi", "wrong")
            client.login("haechi", "right")
            client.send_message(mail())
        assert len(mailbox.messages()) == 1


def test_a_taken_port_is_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door, pytest.raises(OSError, match="in use"):
        Mailbox(tmp_path, port=door.getsockname()[1]).start()


def test_the_list_says_that_it_is_practice_and_filters_by_recipient(
    mailbox: Mailbox, page: httpx.Client
) -> None:
    send(mailbox, mail(subject="첫째"), mail("other@seoul.example", subject="둘째"))
    everything = page.get("/").text
    assert "연습용 우편함 — 실제로 나간 메일이 아닙니다" in everything
    assert everything.index("둘째") < everything.index("첫째")
    assert "첫째" not in page.get("/", params={"to": "other@seoul.example"}).text


@pytest.mark.parametrize(
    "words",
    ["신호등", "정해 주세요", "manager", "HAECHI@", "Manager 신호등", "배정 주세요"],
    ids=["subject", "text", "part of an address", "sender", "two places", "words apart"],
)
def test_a_mail_is_found_by_any_words_of_it(
    mailbox: Mailbox, page: httpx.Client, words: str
) -> None:
    told = {"subject": "[배정] 신호등", "plain": "담당자를 정해 주세요"}
    send(mailbox, mail(**told), mail("other@b.c", subject="다른 일", plain="x"))
    found = page.get("/", params={"q": words}).text
    assert "[배정] 신호등" in found
    if "HAECHI" not in words:
        assert "다른 일" not in found


def test_a_mail_of_html_alone_is_found_by_its_words_and_not_by_its_tags(
    mailbox: Mailbox, page: httpx.Client
) -> None:
    message = mail(subject="모양")
    message.set_content("<table><tr><td>배수로</td></tr></table>", subtype="html")
    send(mailbox, message)
    assert "모양" in page.get("/", params={"q": "배수로"}).text
    assert "찾는 메일이 없습니다" in page.get("/", params={"q": "tr"}).text


def test_an_empty_mailbox_says_when_the_first_mail_comes(page: httpx.Client) -> None:
    assert "몇 분 뒤에 옵니다" in page.get("/").text


def test_older_pages_keep_what_was_searched(mailbox: Mailbox, page: httpx.Client) -> None:
    for number in range(51):
        mailbox.maildir.keep(b"Delivered-To: a@b.c\r\nSubject: drain %d\r\n\r\nx" % number)
    mailbox.maildir.keep(b"Delivered-To: a@b.c\r\nSubject: light\r\n\r\nx")
    first = page.get("/", params={"q": "drain"}).text
    older = first.split('<a href="/?')[-1].split('"')[0].replace("&amp;", "&")
    assert "drain 0<" in page.get(f"/?{older}").text
    assert "light" not in page.get(f"/?{older}").text


def test_a_picture_is_seen_and_called_what_it_is(mailbox: Mailbox, page: httpx.Client) -> None:
    message = mail()
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png")
    send(mailbox, message)
    shown = page.get(first_link(page)).text
    assert "사진 2 (PNG)" in shown
    assert '/part/2" alt="사진 2 (PNG)"' in shown


def test_the_plain_part_is_text_with_links_that_open_a_new_tab(
    mailbox: Mailbox, page: httpx.Client
) -> None:
    send(mailbox, mail(subject=SCRIPT, plain=f"{SCRIPT} http://127.0.0.1:8000/c/1. javascript:x"))
    shown = page.get(first_link(page))
    assert "<script" not in shown.text
    assert (
        '<a href="http://127.0.0.1:8000/c/1" target="_blank" rel="noopener noreferrer">'
        in shown.text
    )
    assert "javascript:x</a>" not in shown.text
    assert "script-src" not in shown.headers["content-security-policy"]


def test_the_html_part_is_caged(mailbox: Mailbox, page: httpx.Client) -> None:
    send(mailbox, mail(html=f'<p>{SCRIPT}<a href="http://127.0.0.1:8000/c/1">정하기</a></p>'))
    link = first_link(page)
    shown = page.get(link).text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in shown
    caged = page.get(f"{link}/html")
    policy = caged.headers["content-security-policy"]
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    assert '<base target="_blank">' in caged.text


def test_an_attachment_is_saved_and_never_run(mailbox: Mailbox, page: httpx.Client) -> None:
    message = mail()
    message.add_attachment(SCRIPT.encode(), maintype="text", subtype="html", filename="a.html")
    send(mailbox, message)
    address = page.get(first_link(page)).text.split("첨부: <a href=")[1].split('"')[1]
    saved = page.get(address)
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"] == "attachment"
    assert saved.content == SCRIPT.encode()


def test_ten_thousand_mails_come_in_pages_newest_first(
    mailbox: Mailbox, page: httpx.Client
) -> None:
    for number in range(10_000):
        mailbox.maildir.keep(b"Delivered-To: a@b.c\r\nSubject: no %d\r\n\r\nx" % number)
    first = page.get("/").text
    assert "10,000통" in first
    assert "no 9999<" in first
    assert "no 9949<" not in first
    assert "no 0<" in page.get("/", params={"page": 200}).text
    assert page.get("/", params={"to": "a@b.c", "page": 2}).text.count("no 99") == 50


def test_a_name_that_is_a_path_is_404(page: httpx.Client) -> None:
    for name in ("..%2f..%2fetc%2fpasswd", "*", "nothing"):
        assert page.get(f"/mail/{name}").status_code == 404


def first_link(page: httpx.Client) -> str:
    return page.get("/").text.split('<li><a href="', 1)[1].split('"', 1)[0]
