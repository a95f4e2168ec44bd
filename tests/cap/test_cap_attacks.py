"""Files that were made to do harm, or by a machine gone mad: refused in a sentence, at once."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cap.check import check_file
from cap.model import CapRefused
from cap.parse import DEEPEST, ELEMENTS, LARGEST, parse
from cap.read import read
from tests.cap.alerts import AT, an_alert, text_of

BODY = text_of().partition("?>")[2]


def refusal(data: str | bytes) -> str:
    with pytest.raises(CapRefused) as refused:
        read(data.encode() if isinstance(data, str) else data)
    return str(refused.value)


BOMB = (
    '<!DOCTYPE alert [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">'
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE alert>",
        '<!DOCTYPE alert SYSTEM "http://127.0.0.1:9/cap.dtd">',
        '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE alert [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>',
        '<!DOCTYPE alert [<!ATTLIST alert id CDATA "x">]>',
        BOMB,
    ],
)
def test_a_dtd_is_refused_whatever_it_declares(doctype: str) -> None:
    spoiled = BODY.replace("호우 침수", "&x;&i;") if "ENTITY" in doctype else BODY
    assert "DTD나 개체(ENTITY) 선언이 있습니다." in refusal(doctype + spoiled)


def test_an_entity_that_nobody_declared_is_broken_xml() -> None:
    assert "XML이 깨졌습니다" in refusal(BODY.replace("호우 침수", "&x;"))


@pytest.mark.parametrize("size", [LARGEST + 1, 10 * 2**20])
def test_more_than_a_megabyte_is_refused_unread(size: int) -> None:
    assert "파일이 너무 큽니다." in refusal(b" " * size)


def test_a_file_of_10_mb_is_refused_after_its_first_megabyte(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    path.write_bytes(BODY.replace("침수", "침" * 3_500_000).encode())
    assert path.stat().st_size > 10 * 2**20
    assert [fault.rule for fault in check_file(path, at=AT)] == ["size"]


def test_elements_within_elements_are_counted_before_they_are_built() -> None:
    deep = "<x>" * 100_000 + "</x>" * 100_000
    assert f"{DEEPEST}겹보다 깊습니다" in refusal(BODY.replace("</alert>", deep + "</alert>"))


def test_too_many_elements_are_refused() -> None:
    many = "<code/>" * ELEMENTS
    assert "5,000개보다 많습니다" in refusal(BODY.replace("<info>", many + "<info>", 1))


def test_too_many_attributes_are_refused() -> None:
    many = " ".join(f"a{number}='1'" for number in range(80_000))
    assert "속성이 20개보다 많습니다" in refusal(BODY.replace("<event>", f"<event {many}>"))


def test_a_file_of_faults_is_not_looked_at_to_its_end() -> None:
    """The library takes a minute for these; a file of them must not cost that."""
    many = "<x/>" * (ELEMENTS - 100)
    begun = time.process_time()
    assert "alert/x: " in refusal(BODY.replace("<info>", many + "<info>", 1))
    assert time.process_time() - begun < 20


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-be", "utf-16-le", "utf-32", "cp949"])
def test_anything_but_utf_8_is_refused(coding: str) -> None:
    assert "(encoding)" in refusal(BODY.encode(coding))


def test_a_dtd_in_utf_16_is_not_overlooked() -> None:
    assert "(encoding)" in refusal((BOMB + BODY).encode("utf-16"))


def test_a_file_that_declares_another_encoding_is_refused() -> None:
    assert "‘euc-kr’" in refusal("<?xml version='1.0' encoding='euc-kr'?>" + BODY)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read(b"\xef\xbb\xbf" + text_of().encode()) == an_alert()


@pytest.mark.parametrize("place", ["<alert", "호우 침수", "</alert>"])
def test_null_bytes_are_refused_wherever_they_stand(place: str) -> None:
    assert "널 문자가 있습니다." in refusal(BODY.replace(place, place + "\0", 1))


@pytest.mark.parametrize("bad", ["\x01", "\x1b", "\uffff", "&#0;", "&#8;", "&#xD800;"])
def test_characters_that_xml_does_not_know_are_broken_xml(bad: str) -> None:
    assert "XML이 깨졌습니다" in refusal(BODY.replace("호우 침수", bad))


def test_processing_instructions_and_comments_do_nothing_and_hide_nothing() -> None:
    spoiled = (
        BODY.replace("호우 침수", "호우 <?php system('x')?>침<!-- 안 보임 -->수")
        .replace("<identifier>", "<?xml-stylesheet href='http://127.0.0.1:9/x.xsl'?><identifier>")
        .replace("<scope>Public", "<scope>Pub<?x?>lic")
    )
    assert read(spoiled.encode()) == an_alert()


@pytest.mark.parametrize(
    ("namespace", "named"),
    [
        ("urn:oasis:names:tc:emergency:cap:1.1", "‘urn:oasis:names:tc:emergency:cap:1.1’입니다"),
        ("http://www.incident.com/cap/1.0", "‘http://www.incident.com/cap/1.0’입니다"),
        ("urn:oasis:names:tc:emergency:cap:1.2 ", "cap:1.2 ’입니다"),
        ("", "이름공간이 없습니다"),
    ],
)
def test_another_namespace_is_refused_by_its_name(namespace: str, named: str) -> None:
    spoiled = BODY.replace("urn:oasis:names:tc:emergency:cap:1.2", namespace)
    assert named in refusal(spoiled)


def test_a_part_of_cap_that_is_no_alert_is_refused() -> None:
    spoiled = '<info xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>'
    assert "맨 바깥 요소가 ‘info’입니다." in refusal(spoiled)


@pytest.mark.parametrize("place", ["</alert>", "</info>", "</area>", "</description>"])
def test_an_xinclude_is_refused_and_not_followed(place: str) -> None:
    include = (
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="/etc/hostname"/>'
    )
    assert "(schema)" in refusal(BODY.replace(place, include + place))


@pytest.mark.parametrize("name", ["identifier", "sender", "sent", "status", "scope", "msgType"])
def test_an_element_that_stands_twice_is_refused_rather_than_one_of_the_two_chosen(
    name: str,
) -> None:
    start = BODY.index(f"<{name}>")
    end = BODY.index(f"</{name}>") + len(f"</{name}>")
    assert f"alert/{name}: 2번 나옵니다." in refusal(BODY[:end] + BODY[start:end] + BODY[end:])


def test_an_attribute_that_stands_twice_is_broken_xml() -> None:
    assert "XML이 깨졌습니다" in refusal(BODY.replace("<alert ", "<alert a='1' a='2' ", 1))


@pytest.mark.parametrize("data", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_said_to_be_empty(data: bytes) -> None:
    assert "빈 파일입니다." in refusal(data)


@pytest.mark.parametrize("data", ["alert", "{}", "PK\x03\x04", "<alert", "<a/><b/>", "</alert>"])
def test_what_is_no_xml_says_where_it_breaks(data: str) -> None:
    assert "XML이 깨졌습니다: 1번째 줄" in refusal(data)


@pytest.mark.parametrize("attribute", ['xsi:nil="true"', 'xsi:type="xs:int"', 'xml:base="/etc/"'])
def test_attributes_that_steer_a_validator_steer_nothing(attribute: str) -> None:
    spoiled = BODY.replace(
        "<event>",
        f'<event xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:xs="http://www.w3.org/2001/XMLSchema" {attribute}>',
    )
    assert "alert/info/event" in refusal(spoiled)


def test_a_number_of_many_thousand_digits_is_refused_without_being_worked_out() -> None:
    resource = "<resource><resourceDesc>x</resourceDesc><mimeType>a/b</mimeType>"
    resource += f"<size>{'9' * 10_000}</size></resource>"
    assert "alert/info/resource/size" in refusal(BODY.replace("<area>", resource + "<area>"))


class Listener:
    """Counts who comes to a port on this machine."""

    def __init__(self) -> None:
        self.callers = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.callers += 1
            caller.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.close()


def test_nothing_in_a_file_makes_us_call_anywhere(listener: Listener) -> None:
    home = f"http://127.0.0.1:{listener.port}"
    hints = (
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="urn:oasis:names:tc:emergency:cap:1.2 {home}/cap.xsd '
        f'http://www.w3.org/2000/09/xmldsig# {home}/sig.xsd" '
        f'xsi:noNamespaceSchemaLocation="{home}/none.xsd" '
    )
    signature = (
        f'<s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"><s:Reference URI="{home}/r"/>'
        f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{home}/i"/></s:Signature>'
    )
    hostile = BODY.replace("<alert ", f"<alert {hints}").replace("</alert>", signature + "</alert>")
    assert read(hostile.encode()) == an_alert()
    for doctype in (f'<!DOCTYPE alert SYSTEM "{home}/d">', f'<!DOCTYPE a PUBLIC "x" "{home}/p">'):
        refusal(doctype + BODY)
    assert listener.callers == 0


def test_a_file_that_is_not_there_is_one_fault(tmp_path: Path) -> None:
    [fault] = check_file(tmp_path / "none.xml", at=AT)
    assert fault.rule == "file"
    assert "none.xml" in fault.said


def test_a_sound_file_has_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "alert.xml"
    path.write_text(text_of(), encoding="utf-8")
    assert check_file(path, at=AT) == []
    assert parse(path.read_bytes()).tag.endswith("}alert")
