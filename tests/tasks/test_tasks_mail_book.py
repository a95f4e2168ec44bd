"""The report of a bulletin carries its workbook, made once as it leaves, for everybody."""

from datetime import timedelta
from io import BytesIO

from openpyxl import load_workbook

from practice.mailbox import Mailbox
from store import bulletin_mails, proof
from store import registry as registry_store
from store.tables import Bulletin
from tasks.mail import mail
from tests import bulletins
from tests.bulletins import AGREES, ASKS
from tests.tasks.conftest import Settle

REGISTRY = bulletins.city()


def test_everybody_who_is_told_gets_the_workbook_with_accounts_and_desks(
    at_work: Settle, mailbox: Mailbox
) -> None:
    place = at_work(None, mailbox)
    with place.store.write() as session:
        registry_store.apply(session, REGISTRY, at=place.now())
        at, valid = place.now(), place.now() + timedelta(hours=1)
        number = bulletins.approved(session, REGISTRY, at=at, expires_at=valid)[0].id
    mail(place)
    before = len(mailbox.messages())
    with place.store.write() as session:
        bulletin = session.get_one(Bulletin, number)
        found = proof.report(session, place.registry, bulletin)
        bulletin_mails.report(session, place.registry, bulletin, found, at=place.now())
    assert mail(place).refused == 0
    letters = mailbox.messages()[before:]
    assert {AGREES, ASKS} <= {letter["To"].addresses[0].addr_spec for letter in letters}
    for letter in letters:
        (attached,) = letter.iter_attachments()
        assert attached.get_filename() == f"bulletin-{number}.xlsx"
        book = load_workbook(BytesIO(attached.get_content()))
        assert book.sheetnames == ["요약", "계정", "자치구"]
        assert len(list(book["계정"].rows)) == 1 + len(REGISTRY.accounts)
        plain = letter.get_body(("plain",))
        assert plain
        assert "엑셀" in plain.get_content()
