"""One change that a form asks for: in a transaction of its own, and told on the page that it leads back to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import flash, redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.problems import NotFound, Problem
from web.shared.common import translate
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

Thing = TypeVar("Thing")


def one_deed(find: Callable[[Session], Thing], do: Callable[[Session, Thing], None], told: str, back: str) -> Response:
    """Do it, or say what is wrong; nothing is half done. told: a sentence of the catalogue; back: an address. Raises NotFound."""
    try:
        with parts().database.write() as session:
            do(session, find(session))
    except NotFound:
        raise
    except Problem as problem:
        flash(say_to_staff(problem.words), "problem")
    else:
        flash(translate(told))
    return redirect(back, 303)
