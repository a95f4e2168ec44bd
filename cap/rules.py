"""What the schema lets through and the standard, or our desk, does not: one table of rules."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cap import rules_area, rules_info, rules_message
from cap.model import Alert, Fault
from cap.wrong import Wrong


@dataclass(frozen=True, slots=True)
class Rule:
    """`said` is the Korean sentence for the desk; `{}` stands for what was found."""

    name: str
    wrong: Callable[[Alert, datetime], Iterable[Wrong]]
    said: str

    def faults(self, alert: Alert, at: datetime) -> Iterable[Fault]:
        for element, found in self.wrong(alert, at):
            yield Fault(element, self.name, self.said.replace("{}", found))


_M, _I, _A = rules_message, rules_info, rules_area

#: Of every message, by the standard. A test goes through them one by one.
RULES: Sequence[Rule] = (
    Rule(
        "identifier_plain",
        _M.identifier_not_plain,
        "‘{}’: 빈칸, 쉼표, <, &가 없는 한 낱말로 적고 비우지 않습니다.",
    ),
    Rule(
        "sender_plain",
        _M.sender_not_plain,
        "‘{}’: 빈칸, 쉼표, <, &가 없는 한 낱말로 적고 비우지 않습니다.",
    ),
    Rule("name_length", _M.name_too_long, "{}자입니다. 200자까지 적습니다."),
    Rule(
        "references_needed",
        _M.references_missing,
        "{} 메시지는 어느 메시지에 대한 것인지 references에 적어야 합니다.",
    ),
    Rule(
        "references_form",
        _M.references_malformed,
        "‘{}’: sender,identifier,sent 세 가지를 쉼표로 이어 적습니다."
        " 시각은 2026-12-03T14:30:00+09:00 형식입니다.",
    ),
    Rule("references_itself", _M.references_itself, "‘{}’: 자기 자신을 가리킵니다."),
    Rule(
        "references_future",
        _M.references_future,
        "‘{}’: 이 메시지보다 나중에 나온 메시지를 가리킵니다.",
    ),
    Rule("references_twice", _M.references_twice, "‘{}’: 같은 메시지를 두 번 가리킵니다."),
    Rule("sent_future", _M.sent_in_the_future, "{}: 아직 오지 않은 시각입니다. 시계를 확인하세요."),
    Rule(
        "restriction_needed",
        _M.restriction_missing,
        "scope가 Restricted이면 누구에게 제한하는지 restriction에 적어야 합니다.",
    ),
    Rule(
        "addresses_needed",
        _M.addresses_missing,
        "scope가 Private이면 받는 사람을 addresses에 적어야 합니다.",
    ),
    Rule("error_note", _M.error_without_note, "Error 메시지는 까닭을 note에 적어야 합니다."),
    Rule("info_needed", _M.info_missing, "{} 메시지에는 info가 하나 이상 있어야 합니다."),
    Rule("not_blank", _I.blank, "비어 있습니다. 내용을 적거나 요소를 지우세요."),
    Rule("language_twice", _I.language_twice, "‘{}’: 같은 언어의 info가 이미 있습니다."),
    Rule(
        "language_fits",
        _I.language_unlike_text,
        "한글 글인데 언어가 {}입니다. language에 ko-KR을 적으세요. 비우면 en-US로 읽습니다.",
    ),
    Rule(
        "texts_differ",
        _I.texts_alike,
        "{} 글을 그대로 되풀이합니다. 제목, 상황, 행동 요령은 서로 달라야 합니다.",
    ),
    Rule("same_categories", _I.categories_differ, "첫 info와 category가 다릅니다: {}."),
    Rule("same_event", _I.event_differs, "첫 info와 다른 재난입니다: {}."),
    Rule(
        "same_judgement",
        _I.judgement_differs,
        "첫 info와 다릅니다: {}. 언어가 달라도 급함, 심각함, 확실함은 같아야 합니다.",
    ),
    Rule("same_times", _I.times_differ, "첫 info와 시각이 다릅니다: {}."),
    Rule("same_area", _I.area_differs, "첫 info와 좌표나 지역 부호가 다릅니다."),
    Rule("expires_after_effective", _I.expires_early, "{}: 효력이 생기기 전에 끝납니다."),
    Rule("expires_after_sent", _I.expires_before_sent, "{}: 보낸 시각보다 먼저 끝납니다."),
    Rule("onset_before_expires", _I.onset_late, "{}: 메시지가 끝난 뒤에 시작합니다."),
    Rule("web_address", _I.no_address, "‘{}’: http나 https로 시작하는 온전한 주소를 적으세요."),
    Rule("digest_form", _I.digest_malformed, "‘{}’: SHA-1을 16진수 40자로 적습니다."),
    Rule("polygon_length", _A.polygon_too_long, "점이 {}개입니다. 5,000개까지 받습니다."),
    Rule(
        "polygon_points",
        _A.polygon_malformed,
        "‘{}’: 위도,경도를 빈칸으로 이어 적습니다. 점이 네 개 이상이어야 합니다.",
    ),
    Rule("polygon_closed", _A.polygon_open, "닫히지 않았습니다. 첫 점({})으로 끝나야 합니다."),
    Rule("polygon_range", _A.polygon_out_of_range, "‘{}’: 위도는 ±90, 경도는 ±180까지입니다."),
    Rule(
        "polygon_simple",
        _A.polygon_crossing,
        "테두리가 엇갈리거나 넓이가 없습니다. 점의 순서를 확인하세요.",
    ),
    Rule(
        "circle_form", _A.circle_malformed, "‘{}’: 위도,경도 다음에 빈칸과 반지름(km)을 적습니다."
    ),
    Rule("circle_range", _A.circle_out_of_range, "‘{}’: 위도는 ±90, 경도는 ±180까지입니다."),
    Rule("circle_radius", _A.radius_wrong, "‘{}’: 반지름은 0부터 20,038 km까지입니다."),
    Rule("ceiling_altitude", _A.ceiling_alone, "ceiling은 altitude와 함께만 적습니다."),
    Rule("ceiling_above", _A.ceiling_below, "ceiling({})이 altitude보다 낮습니다."),
)

#: Of what may become one of our broadcasts, besides.
BROADCAST_RULES: Sequence[Rule] = (
    Rule(
        "status_broadcast",
        _M.status_not_broadcast,
        "{} 메시지는 시민에게 내보내지 않습니다. Actual이나 Exercise만 받습니다.",
    ),
    Rule(
        "type_broadcast",
        _M.type_not_broadcast,
        "{} 메시지는 기관 사이의 답신이라 내보내지 않습니다. Alert, Update, Cancel만 받습니다.",
    ),
    Rule(
        "scope_broadcast",
        _M.scope_not_broadcast,
        "{} 메시지는 정해진 사람에게만 알리는 것이라 내보내지 않습니다. Public만 받습니다.",
    ),
    Rule(
        "korean_needed",
        _I.korean_missing,
        "한국어 info가 없습니다. language가 ko-KR인 info를 넣어 주세요.",
    ),
    Rule(
        "hazard_known",
        _I.hazard_unknown,
        "‘{}’: 여덟 재난 가운데 무엇인지 알 수 없습니다. 다음 말 가운데 하나로 적으세요: "
        + _I.KNOWN,
    ),
    Rule("hazard_one", _I.hazard_ambiguous, "여러 재난으로 읽힙니다: {}. 하나만 적으세요."),
    Rule("not_expired", _I.expired, "{}: 이미 지난 시각입니다. 지난 메시지는 내보내지 않습니다."),
)


def rule_faults(alert: Alert, *, at: datetime, rules: Sequence[Rule] = RULES) -> list[Fault]:
    """Every rule of the table that the alert breaks at a moment (aware), in the table's order."""
    return [fault for rule in rules for fault in rule.faults(alert, at)]
