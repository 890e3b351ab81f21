"""The command that the demonstration's parent runs first, as a child, so that it stays small itself."""

from __future__ import annotations

import json

import click

from monitor.cli import Context


@click.command("demonstration-seed", hidden=True)
@click.option("--telephone-port", type=int, required=True)
@click.pass_obj
def seed_command(context: Context, telephone_port: int) -> None:
    """Bring the database up, fill it when it is empty, configure the telephone; prints the new passwords as JSON."""
    from sqlalchemy import select

    from monitor.clock import utc_now
    from monitor.demonstration.people import PEOPLE
    from monitor.demonstration.photographs import photograph
    from monitor.migrate import upgrade
    from monitor.models import Zone

    upgrade(context.database)
    people = [
        {
            "name": person.name,
            "number": person.phone,
            "behaviour": "ignores" if person.behaviour == "unreachable" else person.behaviour,
            "delay_seconds": person.delay_seconds,
            "photo": str(photograph(person.photo)) if person.photo else None,
            "answer_photo": str(photograph(person.answers)) if person.answers else None,
        }
        for person in PEOPLE
    ]
    unreachable = [person.phone for person in PEOPLE if person.behaviour == "unreachable"]
    configuration = {"port": telephone_port, "unreachable": unreachable, "people": people}
    (context.settings.data_folder / "telephone.json").write_text(json.dumps(configuration))
    passwords: dict[str, str] = {}
    with context.database.write() as session:
        if session.scalar(select(Zone.id).limit(1)) is None:
            from monitor.demonstration.seed import seed
            from monitor.vision.faces import create_engine

            names = [context.settings.face_engine]
            if context.settings.second_face_engine not in ("none", names[0]):
                names.append(context.settings.second_face_engine)
            passwords = seed(session, context.vault(), [create_engine(name) for name in names], utc_now())
    click.echo(json.dumps(passwords))
