"""A form as phones show it: page by page, in one language, without anything being kept of what is tried out."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from monitor.declarations.forms import Form
from monitor.declarations.paging import pages_of
from monitor.words import translator
from web.shared.questions import COLUMNS, ROWS, shown
from web.shared.typed_units import TypedUnit


def preview_pages(form: Form, language: str) -> dict[str, Any]:
    """What the template of a preview needs. language: "vi" or "en"."""
    return {
        "form": form,
        "chosen": language,
        "pages": [shown(each, language, translator(language)) for each in pages_of(form.questions)],
        "given": MultiDict(),
        "wrong": {},
        "units": {},
        "no_unit": TypedUnit(),
        "columns": COLUMNS,
        "rows": ROWS,
    }
