"""A CAP file becomes an alert, or says everything that keeps it from being one."""

import pytest

from cap.model import CapRefused, Fault
from cap.read import TOLD, read
from cap.write import fingerprint, write
from tests.cap.alerts import SENT, an_alert, an_info, english, text_of


def faults(text: str | bytes) -> tuple[Fault, ...]:
    with pytest.raises(CapRefused) as refused:
        read(text.encode() if isinstance(text, str) else text)
    return refused.value.whys


def told(text: str) -> list[str]:
    return [str(fault) for fault in faults(text)]


def test_an_alert_is_read_as_it_was_written() -> None:
    alert = an_alert(infos=(an_info(), english()))
    assert read(write(alert)) == alert


def test_a_file_by_another_hand_is_read_with_prefix_comments_and_a_signature() -> None:
    alert = read(
        b"""<?xml version="1.0"?>
        <c:alert xmlns:c="urn:oasis:names:tc:emergency:cap:1.2"><!-- by hand -->
          <c:identifier>1</c:identifier><c:sender>a@b.example</c:sender>
          <c:sent>2026-12-03T05:30:00-00:00</c:sent><c:status>Exercise</c:status>
          <c:msgType>Alert</c:msgType><c:scope>Public</c:scope>
          <Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>
        </c:alert>"""
    )
    assert (alert.identifier, alert.sent, alert.infos) == ("1", SENT, ())


def test_every_fault_is_told_at_once_with_its_place() -> None:
    text = (
        text_of(an_alert(infos=(an_info(), english())))
        .replace("<status>Actual", "<status>Real")
        .replace("+09:00</sent>", "Z</sent>")
        .replace("  <sender>alert@weather.example</sender>\n", "")
        .replace("<certainty>Observed</certainty>\n    <expires>", "<expires>", 1)
        .replace("<urgency>Immediate", "<urgency>Now")
        .replace("</alert>", "<colour>red</colour></alert>")
    )
    assert sorted({fault.element for fault in faults(text)}) == [
        "alert/colour",
        "alert/info[1]/certainty",
        "alert/info[1]/urgency",
        "alert/info[2]/urgency",
        "alert/sender",
        "alert/sent",
        "alert/status",
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("+09:00</sent>", "Z</sent>", "alert/sent: ‘2026-12-03T14:30:00Z’: 형식이 다릅니다."),
        ("+09:00</sent>", ".5+09:00</sent>", "alert/sent: "),
        ("2026-12-03T14:30:00+09:00</sent>", "어제</sent>", "alert/sent: "),
        ("2026-12-03T17", "2026-02-30T17", "alert/info/expires: "),
        ("2026-12-03T17:30:00", "2026-12-03T24:00:00", "있을 수 없는 시각입니다."),
        ("2026-12-03T17:30:00+09:00", "0001-01-01T00:00:00+14:00", "있을 수 없는 시각입니다."),
        ("<scope>Public", "<scope>Everyone", "가능한 값: Public, Restricted, Private."),
        ("<category>Met", "<category>Weather", "alert/info/category: ‘Weather’"),
        ("ko-KR", "한국어", "언어 부호를 적습니다."),
        ("<event>", "<event kind='x'>", "속성을 붙일 수 없습니다."),
        ("<event>", "<event><b/>", "글만 적습니다."),
        ("<info>", "<info>글", "요소와 요소 사이에 글이 있습니다."),
        ("    <event>호우 침수</event>\n", "", "alert/info/event: 꼭 있어야 하는데 빠졌습니다."),
        ("<scope>", "<scope>Public</scope><scope>", "alert/scope: 2번 나옵니다."),
        ("<msgType>", "<scope/><msgType>", "alert/scope: "),
        ("<areaDesc>", "<altitude>x</altitude><areaDesc>", "alert/info/area/altitude: "),
        ("</info>", "<headline>x</headline></info>", "alert/info/headline: 2번 나옵니다."),
        ("</alert>", "<x:y xmlns:x='urn:z'/></alert>", "다른 이름공간(‘urn:z’)"),
    ],
)
def test_what_the_schema_forbids_is_said_in_plain_words(old: str, new: str, said: str) -> None:
    assert old in text_of()
    assert any(said in line for line in told(text_of().replace(old, new)))


def test_elements_in_another_order_are_told_which_goes_first() -> None:
    text = text_of().replace("<severity>Severe</severity>", "")
    text = text.replace("<urgency>", "<severity>Severe</severity><urgency>")
    [line] = told(text)
    assert "alert/info/urgency: 순서가 바뀌었습니다. severity보다 앞에 와야 합니다." in line


def test_a_file_full_of_faults_names_the_first_and_how_many_more() -> None:
    whys = faults(
        text_of()
        .replace("<info>", "<info><x/>" * 1, 1)
        .replace("<category>Met</category>", "<category>Wind</category>" * (TOLD + 9))
    )
    assert len(whys) == TOLD + 1
    assert whys[-1].said.startswith("그 밖에 ")


@pytest.mark.parametrize("zone", ["-00:00", "+00:00"])
def test_utc_is_understood_in_both_spellings_and_written_as_the_standard_asks(zone: str) -> None:
    text = text_of().replace("14:30:00+09:00</sent>", f"05:30:00{zone}</sent>")
    alert = read(text.encode())
    assert alert.sent == SENT
    assert b"05:30:00-00:00</sent>" in write(alert)


def test_a_fingerprint_tells_other_content_from_another_layout() -> None:
    alert = read(text_of().encode())
    flat = text_of().replace("\n", "").replace("> <", "><")
    utc = text_of().replace("14:30:00+09:00</sent>", "05:30:00-00:00</sent>")
    assert fingerprint(read(flat.encode())) == fingerprint(alert)
    assert fingerprint(read(utc.encode())) == fingerprint(alert)
    assert fingerprint(read(text_of().replace("물에", "불에").encode())) != fingerprint(alert)
