"""What a command works with: settings, the database and the vault, each made when first needed."""

from __future__ import annotations

from typing import Any

import click

from monitor.database.database import Database
from monitor.database.revisions import require_current
from monitor.database.right_key import require_right_key
from monitor.setting_up.stating import refresh
from monitor.settings import Settings
from monitor.stated import insist
from monitor.vault.vault import Vault, open_vault
from monitor.words import Translate, Words


class Context:
    """What a command works with, made when first needed."""

    def __init__(self, settings: Settings, translate: Translate) -> None:
        self.settings = settings
        insist(settings.hotline)
        self.translate = translate
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        """The database, not checked."""
        if self._database is None:
            self._database = Database(self.settings.database, self.vault().column_key())
        return self._database

    def ready_database(self) -> Database:
        """The database, with all migrations run, and what is stated in it taken; otherwise DatabaseProblem."""
        require_current(self.database)
        refresh(self.database)
        return self.database

    def acting_database(self) -> Database:
        """The same for processes that act by themselves, with the right key; otherwise SealedValueProblem too.

        With another key they would take everybody for somebody without a telephone number.
        """
        require_right_key(self.ready_database())
        return self.database

    def vault(self) -> Vault:
        """The vault in the data folder."""
        return open_vault(self.settings)

    def say(self, template: str, **values: Any) -> None:
        """Print a sentence in the language of the command line."""
        click.echo(Words(template, values).say(self.translate))
