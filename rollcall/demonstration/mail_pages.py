"""The page on which a visitor watches mail arrive, and opens what is attached."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, abort, make_response, request

from rollcall.demonstration.mailbox import MailFolder

MOST = 50
# What a browser may show by itself; the rest is saved.
_SHOWN = {"application/pdf", "application/json"}


def add_mail_pages(app: Flask, folder: MailFolder, page: Callable[..., str]) -> None:
    """Its addresses. page: renders a template in the visitor's language."""

    @app.get("/mail")
    def mailbox() -> str:
        return page("mailbox.html", mails=folder.newest(MOST))

    @app.get("/mail/<int:number>")
    def one_mail(number: int) -> str:
        mail = folder.mail(number)
        if mail is None:
            abort(404, "there is no such mail")
        return page("mail.html", mail=mail)

    @app.get("/mail/<int:number>/files/<int:place>")
    def attachment(number: int, place: int) -> Response:
        mail = folder.mail(number)
        if mail is None or place >= len(mail.attachments):
            abort(404, "there is no such file")
        file = mail.attachments[place]
        response = make_response(file.content)
        response.headers["Content-Type"] = file.kind
        shown = file.kind in _SHOWN and "save" not in request.args
        name = "".join(sign if sign.isalnum() or sign in "-._" else "_" for sign in file.name if sign.isascii())
        response.headers["Content-Disposition"] = f'{"inline" if shown else "attachment"}; filename="{name}"'
        return response
