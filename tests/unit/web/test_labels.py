"""What is stored has a name that people read."""

from __future__ import annotations

from monitor.models.rollcalls.channels import ChannelName
from monitor.trail.actions import Action
from monitor.trail.who_looked import VIEWS
from web.shared.label_tables.trail import ACTIONS
from web.shared.labels import action, channel_words


def test_each_action_of_the_trail_has_a_name_of_its_own() -> None:
    assert set(ACTIONS) == set(Action)
    assert len(set(ACTIONS.values())) == len(ACTIONS)
    assert set(VIEWS) <= set(Action)


def test_an_action_is_stored_as_its_name_says() -> None:
    assert all(each.value == each.name.lower().replace("_", "-") for each in Action)


def test_an_entry_of_an_action_that_is_not_known_any_more_is_shown_as_it_was_written() -> None:
    assert action("record-opened").template == ACTIONS[Action.RECORD_OPENED]
    assert action("pigeon-sent").template == "pigeon-sent"


def test_each_channel_has_a_name_that_people_use() -> None:
    named = {channel_words(each).template for each in ChannelName}
    assert len(named) == len(ChannelName)
    assert named.isdisjoint(ChannelName)
    assert channel_words("pigeon").template == "pigeon"
