"""Who speaks to residents: the body that the settings name, or else the set-up page; or a health service without a name."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.stated import stated
from monitor.words import N_, translator


@dataclass(frozen=True)
class Authority:
    """As the settings name it. name: "Trạm Y tế phường Phú Cường"; empty: the one that administrators named on screen, if any.

    name_in_english: empty: the same as in Vietnamese.
    """

    name: str = ""
    name_in_english: str = ""

    def named(self, language: str) -> str:
        """As it stands within a sentence."""
        name, in_english = self.name, self.name_in_english
        if not name:
            # Asked for each time: who holds this object goes on to speak for whoever is named meanwhile.
            name, in_english = stated().authority, in_english or stated().authority_in_english
        own = (language == "en" and in_english) or name
        return own or translator(language)(N_("the health service"))

    def headed(self, language: str) -> str:
        """As it stands alone, or begins a sentence."""
        named = self.named(language)
        return named[0].upper() + named[1:]

    @property
    def is_named(self) -> bool:
        """Whether anybody was named, in the settings or on screen."""
        return bool(self.name or stated().authority)
