"""The command that the demonstration's parent runs first, as a child, so that it stays small itself."""

from __future__ import annotations

import json

import click

from monitor.service.context import Context
from monitor.words import N_


@click.command(
    "demonstration-seed",
    hidden=True,
    help=N_("Set up the database, fill it if empty, configure the telephone; print the new passwords as JSON."),
)
@click.option("--telephone-port", type=int, required=True)
@click.option("--rounds-every", type=float, required=True)
@click.pass_obj
def seed_command(context: Context, telephone_port: int, rounds_every: float) -> None:
    from sqlalchemy import select

    from monitor.clock import utc_now
    from monitor.database.migrate import upgrade
    from monitor.demonstration.people import ON_DUTY, PEOPLE
    from monitor.demonstration.photographs import photograph
    from monitor.models.places import Zone
    from monitor.places.units.loading import load_units

    upgrade(context.database)
    load_units(context.database, utc_now())
    people: list[dict[str, object]] = [
        {
            "name": person.name,
            "number": person.phone,
            "behaviour": "ignores" if person.behaviour == "unreachable" else person.behaviour,
            "delay_seconds": person.delay_seconds,
            "leaves_out": person.leaves_out,
            "photo": str(photograph(person.photo)) if person.photo else None,
            "answer_photo": str(photograph(person.answers)) if person.answers else None,
        }
        for person in PEOPLE
    ]
    people += [{"name": name, "number": number, "behaviour": "on-duty"} for _account, name, number in ON_DUTY]
    unreachable = [person.phone for person in PEOPLE if person.behaviour == "unreachable"]
    configuration = {"port": telephone_port, "unreachable": unreachable, "people": people}
    (context.settings.data_folder / "telephone.json").write_text(json.dumps(configuration))
    passwords: dict[str, str] = {}
    with context.database.write() as session:
        if session.scalar(select(Zone.id).limit(1)) is None:
            from monitor.demonstration.control_points import seed_factory
            from monitor.demonstration.declared import seed_declarations
            from monitor.demonstration.hotline import seed_hotline
            from monitor.demonstration.infection import seed_infection
            from monitor.demonstration.seed import seed
            from monitor.vision.faces.engines import create_engine

            names = [context.settings.face_engine]
            if context.settings.second_face_engine not in ("none", names[0]):
                names.append(context.settings.second_face_engine)
            seed_factory(session, context.vault(), context.settings, utc_now())
            passwords = seed(session, context.vault(), [create_engine(name) for name in names], utc_now(), rounds_every)
            seed_declarations(session, context.settings, utc_now())
            seed_hotline(session, utc_now())
            seed_infection(session, utc_now())
    click.echo(json.dumps(passwords))


@click.command("demonstration-exit", hidden=True, help=N_("Draw the exit line into the picture of the corridor’s camera."))
@click.pass_obj
def exit_command(context: Context) -> None:
    from sqlalchemy import select

    from monitor.clock import utc_now
    from monitor.demonstration.control_points import watch_gate
    from monitor.demonstration.people import EXIT, EXIT_OF
    from monitor.models.cameras.cameras import AreaKind, Camera, CameraArea
    from monitor.models.floor_plans import PlanPlace
    from monitor.models.places import Room

    with context.database.write() as session:
        for camera, place in session.execute(
            select(Camera, PlanPlace).join(Room, Room.id == Camera.room_id).join(PlanPlace, PlanPlace.room_id == Room.id)
        ).all():
            # At the door of what it looks into.
            at = {"x": place.x + place.width * 0.12, "y": place.y + place.height * 0.2}
            session.add(PlanPlace(plan_id=place.plan_id, camera_id=camera.id, **at, width=0.01, height=0.01))
            if camera.name == EXIT_OF:
                session.add(
                    CameraArea(camera_id=camera.id, zone_id=camera.zone_id, kind=AreaKind.EXIT, name="Cửa ra", points=EXIT)
                )
                # The factory has no camera of its own here: this one stands for the one at its gate.
                watch_gate(session, camera.id, "Cửa ra", utc_now())


def commands() -> list[click.Command]:
    """What the root command loads."""
    from monitor.demonstration.demo import demo_command

    return [demo_command, seed_command, exit_command]
