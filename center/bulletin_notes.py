"""What an approver must know of a draft's words before anything goes out."""

from collections.abc import Sequence

from rules.bulletin import Language
from store.tables import Bulletin
from templates.bulletin_words import filled_in


def general_only(bulletin: Bulletin) -> Sequence[str]:
    """The languages that say only the template's general sentences where the Korean says its own.

    What was written in Korean alone is not in them, and they may even contradict it.
    """
    if _is_templates(bulletin, Language.KO):
        return ()
    others = [language for language in Language if language is not Language.KO]
    return [one for one in others if one in bulletin.texts and _is_templates(bulletin, one)]


def _is_templates(bulletin: Bulletin, language: Language) -> bool:
    said = bulletin.texts[language]
    found = filled_in(
        bulletin.event.hazard, bulletin.kind, language, said["act_now"], said["description"]
    )
    return found is not None
