"""An import shows what was added, changed and retired before anybody relies on it."""

from dataclasses import replace

from registry.changes import FieldChange, compare
from registry.model import Registry
from tests.registry.small_city import SmallCity

OLD = SmallCity().checked().accepted()


def test_the_same_registry_changes_nothing() -> None:
    changes = compare(OLD, OLD)
    assert not changes
    assert str(changes) == "바뀐 것이 없습니다."


def test_the_order_of_rows_is_no_change() -> None:
    assert not compare(OLD, replace(OLD, staff=OLD.staff[::-1]))


def test_the_first_import_adds_everything() -> None:
    changes = compare(None, OLD)
    assert set(changes["accounts"].added) == {("x_city",), ("x_mayor",), ("page",)}
    assert all(
        not changes[sheet].changed and not changes[sheet].retired for sheet in changes.sheets
    )


def test_a_row_that_is_missing_is_retired() -> None:
    new = SmallCity().drop("accounts", 4).checked().accepted()
    changes = compare(OLD, new)
    assert set(changes["accounts"].retired) == {("page",)}
    assert not changes["accounts"].added


def test_a_changed_row_says_each_field_before_and_after() -> None:
    new = SmallCity().put("accounts", 4, handle="page2", active="no").checked().accepted()
    (changed,) = compare(OLD, new)["accounts"].changed
    assert changed.key == ("page",)
    assert changed.fields == (
        FieldChange(field="handle", old="page", new="page2"),
        FieldChange(field="active", old="yes", new="no"),
    )


def test_a_new_role_of_the_same_person_is_an_addition() -> None:
    new = SmallCity().add("staff", email="kim@haenam.example", role="caseworker")
    changes = compare(OLD, new.checked().accepted())
    assert set(changes["staff"].added) == {("kim@haenam.example", "traffic", "caseworker")}


def test_the_city_itself_changes_by_its_keys() -> None:
    new = SmallCity().put("city", 6, value="061-123").checked().accepted()
    (changed,) = compare(OLD, new)["city"].changed
    assert changed.key == ("phone",)


def test_changes_are_printed_as_a_table() -> None:
    city = SmallCity().drop("accounts", 4).put("offices", 3, name="마포구")
    city.add("hashtags", tag="해남폭설")
    assert str(compare(OLD, city.checked().accepted())).splitlines() == [
        "시트         구분  대상      내용",
        "계정         중단  page      계정",
        "부서         변경  mapo      name: 부서 → 마포구",
        "재난 약속어  추가  해남폭설  event",
        "모두 추가 1건, 변경 1건, 중단 1건입니다.",
    ]


def test_many_rows_are_counted_rather_than_listed() -> None:
    city = SmallCity()
    for number in range(50):
        city.add("examples", text=f"글 {number}")
    table = str(compare(OLD, city.checked().accepted()))
    assert "외 30건" in table
    assert "모두 추가 50건" in table


def test_what_a_cell_hides_is_spelled_out_in_the_table() -> None:
    new: Registry = SmallCity().put("offices", 3, duties="첫째\n둘째").checked().accepted()
    assert "첫째\\n둘째" in str(compare(OLD, new))
