"""What the README, the notice, the pages about face matching, certificates and the proof of quiet hours promise, sentence by sentence, is
held by tests: each sentence names those that fail when it is no longer so. A new or reworded one fails here until it does.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from monitor.personal_data.consent import NOTICE

ROOT = Path(__file__).parents[3]
UNIT, STORED = "tests/unit/", "tests/integration/"
PRESENCE = UNIT + "monitor/test_presence.py"
DECISIONS = UNIT + "rollcall/test_rollcall_decisions.py"
AGREEMENT = STORED + "rollcall/test_face_agreement.py"
REFUSAL = STORED + "rollcall/test_face_refusal.py"
OWN_DATA = STORED + "web/test_own_data.py"
FLOOR = STORED + "rollcall/test_quiet_floor.py"
DELETION = STORED + "monitor/test_deletion.py"
KILLED = STORED + "monitor/test_killed_deletion.py"
VAULT = STORED + "monitor/test_vault.py"
ACCESS = STORED + "web/test_console_access.py"
ONE_TAP = (OWN_DATA, "test_the_first_answer_asks_in_one_tap_with_the_other_way_beside_it")
OTHER_WAY = (OWN_DATA, "test_the_other_way_is_one_tap_too_and_an_answer_there_is_enough")
NEVER_ASKED = (AGREEMENT, "test_an_answer_of_who_was_never_asked_is_enough_without_a_photo_and_a_photo_that_comes_is_not_kept")
GONE_AT_ONCE = (REFUSAL, "test_templates_and_enrolled_photos_are_gone_at_once_and_the_word_is_kept")
NO_CAMERA = (AGREEMENT, "test_a_camera_compares_no_face_in_a_room_in_which_somebody_has_not_agreed")
NO_GALLERY = (AGREEMENT, "test_no_gallery_holds_who_was_never_asked_even_where_templates_are_left")
EVERY_PLACE = (UNIT + "house/test_faces_compared.py", "test_nobody_computes_anything_of_a_face_in_a_place_that_is_not_known")
NO_DISADVANTAGE = (
    UNIT + "rollcall/test_without_face.py",
    "test_an_answer_on_the_page_is_enough_whatever_the_plan_asks_for_and_wherever_the_phone_is_not_known_to_be",
)
WHO_LOOKED = (OWN_DATA, "test_a_resident_reads_who_looked_and_why_and_nothing_of_others")
VIEWS_NOTED = (ACCESS, "test_each_endpoint_writes_the_audit_entry_that_it_declares")
ALL_GOES = (DELETION, "test_nothing_goes_before_its_time_and_all_goes_at_it")
OLD_BACKUP = (DELETION, "test_a_backup_from_before_the_release_opens_nothing_and_is_forgotten_anew")
KEY_GONE = (VAULT, "test_a_forgotten_owner_cannot_be_read_from_a_copy_of_the_files_either")
ROUNDED = (FLOOR, "test_the_record_is_reckoned_against_the_floor_as_it_was")
OWN_FACE = (STORED + "rollcall/test_answers.py", "test_an_answer_with_the_own_face_is_verified")

# Sentence -> the tests that fail when it is no longer so: (file, name).
README = {
    "**No automatic sanction.**": [(DECISIONS, "test_nobody_but_a_person_leads_to_a_rejection")],
    "An unanswered roll-call is a question for a person.": [
        (STORED + "rollcall/test_follow_up.py", "test_an_overdue_incident_is_told_to_supervisors_once_whoever_ticks")
    ],
    "*No answer in time* (the message arrived), *not reached yet* (it did not) and *excused* (a permission, a camera that saw the"
    " resident, or a fault of ours) are three different things, each with reasons that a resident can read.": [
        (DECISIONS, "test_a_closed_window_is_missed_unreached_or_excused")
    ],
    "**Unknown is an answer, and not seen is not absent.**": [(PRESENCE, "test_absent_takes_somebody_who_was_seen_leaving")],
    "A camera that is covered, dark or offline makes presence unknown.": [
        (PRESENCE, "test_a_failed_camera_never_makes_anybody_absent"),
        (PRESENCE, "test_one_of_two_cameras_that_fails_makes_unknown_only_what_it_alone_could_tell"),
    ],
    "Nobody is called absent whom nobody saw leaving.": [
        (PRESENCE, "test_whom_nobody_saw_leaving_is_never_absent_with_a_line_at_the_exit_or_without")
    ],
    "**Faces are compared only of who agreed, and with few others.**": [NO_GALLERY, EVERY_PLACE],
    "A selfie is compared with that person's own photos, a face in a room with those of the room's residents, if all of them agreed;"
    " anyone else is counted and forgotten.": [
        NO_CAMERA,
        OWN_FACE,
        (STORED + "cameras/test_watch.py", "test_a_resident_is_recognised_in_their_own_room_only"),
    ],
    "Pictures are encrypted with a key for each person, and every view of one is recorded.": [
        (VAULT, "test_another_owner_a_changed_byte_and_another_master_key_open_nothing"),
        VIEWS_NOTED,
    ],
    "**The night is quiet.**": [(FLOOR, "test_no_plan_opens_a_round_in_the_night_or_is_asked_to")],
    "No schedule can lift the quiet hours of the province; only a message in an emergency passes, under a supervisor's name.": [
        (FLOOR, "test_no_message_leaves_in_the_night_and_the_ladder_waits"),
        (FLOOR, "test_an_emergency_passes_the_night_the_budget_and_stop_under_a_name_and_is_in_the_trail"),
        (STORED + "web/test_quiet_hours_pages.py", "test_only_supervisors_of_the_zone_send_one"),
    ],
    "**Nothing is lost.**": [(STORED + "rollcall/test_crash.py", "test_whatever_dies_nothing_is_lost_and_nothing_sent_twice")],
    "An answer that was acknowledged is on disk, and a message leaves once, whichever process dies.": [
        (STORED + "rollcall/test_crash.py", "test_whatever_dies_nothing_is_lost_and_nothing_sent_twice")
    ],
}
TOLD = {
    "%(service)s keeps this data and is responsible for it.": [
        (STORED + "web/test_who_speaks.py", "test_pages_and_the_notice_name_who_speaks")
    ],
    "Your name, telephone number, room, answers and state of health are kept because a quarantine order is in force for you.": [
        ALL_GOES
    ],
    "Only staff who are responsible for your zone see them. Every look at your photos or at a camera of your room is recorded, and"
    " you can read who looked.": [
        (ACCESS, "test_each_role_gets_its_pages_of_its_own_zone_and_no_others"),
        VIEWS_NOTED,
        WHO_LOOKED,
    ],
    "Photos of your face are compared with your own photos only after you have agreed to it. The quarantine order alone never allows"
    " it.": [NEVER_ASKED, NO_GALLERY, EVERY_PLACE, (AGREEMENT, "test_who_said_nothing_has_not_agreed")],
    "If you agreed, a new reference photo is also compared with those of the people in your room and household who agreed too,"
    " because the machine may confuse you with them. Cameras in your room compare the faces they see with the reference photos of"
    " the people in that room only where everyone who lives in it has agreed.": [
        NO_GALLERY,
        NO_CAMERA,
        (STORED + "rollcall/test_enrolment.py", "test_two_who_share_a_room_and_look_alike_bring_a_warning_on_both_records"),
    ],
    "You may say no, or change your mind at any time, without any disadvantage; you then answer without a photo.": [
        OTHER_WAY,
        GONE_AT_ONCE,
        NO_DISADVANTAGE,
    ],
    "Everything is deleted after your quarantine ends, within the times shown below. You can ask to see or correct it, or object.": [
        ALL_GOES,
        (OWN_DATA, "test_a_request_takes_two_taps_has_its_limit_and_its_answer_is_read_on_the_page"),
    ],
}
PAGES = {
    "web/templates/residents/agreement.html": {
        "A machine compares the photo in the answer with the person’s own reference photos. It does so only if you agree.": [
            ONE_TAP,
            (OWN_DATA, "test_who_answers_for_somebody_speaks_for_them_here_too"),
        ],
        "A machine compares the photo in your answer with your own reference photos. It does so only if you agree.": [
            ONE_TAP,
            NEVER_ASKED,
        ],
        "Without a photo you answer like this:": [NO_DISADVANTAGE],
        "You can change your mind at any time. Saying no has no disadvantage.": [
            NO_DISADVANTAGE,
            (OWN_DATA, "test_face_matching_is_refused_and_agreed_to_by_one_tap_each"),
        ],
    },
    "web/templates/residents/own_data.html": {
        "You refused: your face is not compared with anything.": [GONE_AT_ONCE],
        "Your reference photos are deleted, cameras do not look for your face, and no machine looks for it in your answers. You have no"
        " disadvantage.": [
            GONE_AT_ONCE,
            (REFUSAL, "test_cameras_stop_looking_for_them_with_the_next_picture"),
            (REFUSAL, "test_an_answer_without_a_picture_is_enough_and_a_picture_that_comes_all_the_same_is_not_kept"),
        ],
        "You agreed: your answers are compared with your own photos, if there are any.": [OWN_FACE],
        "You may refuse now or at any time, without any disadvantage. You then answer in one of these ways:": [NO_DISADVANTAGE],
        "You have not said anything yet, so your face is not compared with anything.": [NEVER_ASKED, NO_GALLERY],
        "If you agree, a machine compares the photo in your answer with your own photos. Otherwise you answer in one of these ways:": [
            ONE_TAP,
            OTHER_WAY,
        ],
        "The copy you can download here has no photos and no full numbers, because a link can fall into other hands. Request the full copy"
        " above; health staff will hand it to you.": [
            (OWN_DATA, "test_the_copy_by_link_holds_no_picture_no_whole_number_and_is_seen_by_the_person")
        ],
        "You will have an answer by %(at)s.": [
            (OWN_DATA, "test_a_request_takes_two_taps_has_its_limit_and_its_answer_is_read_on_the_page")
        ],
        "You will get an answer here and by message within two working days.": [
            (OWN_DATA, "test_what_is_overdue_goes_to_supervisors_once_and_ends_with_the_answer"),
            (OWN_DATA, "test_a_text_tells_that_the_answer_is_there_leads_to_it_and_keeps_it_to_itself"),
        ],
    },
    "web/templates/console/records/certificate.html": {
        "The key to this person’s photos and face data was destroyed. Nobody can read a copy of the files, backups included, once the last"
        " backup of the key is gone.": [
            KEY_GONE,
            OLD_BACKUP,
            (KILLED, "test_a_release_killed_at_any_step_is_finished_and_nothing_opens_after_its_key_went"),
        ],
        "Everything that showed who this person is and how they were has been deleted here. What remains only counts people and names"
        " nobody. Backups of the database hold it until they are deleted.": [ALL_GOES],
        "This deletion has begun and is not finished; it continues automatically.": [
            (KILLED, "test_a_purge_killed_at_any_step_leaves_no_row_without_end_and_is_finished_by_the_next")
        ],
        "The audit trail holds the same checksum; `quarantine audit-verify` finds an entry that was changed by itself.": [
            (DELETION, "test_a_certificate_says_what_went_and_the_audit_trail_holds_its_check_sum"),
            (STORED + "monitor/test_core.py", "test_a_changed_or_removed_entry_shows"),
        ],
    },
    "web/templates/console/messages/messages.html": {
        "None sent in quiet hours": [ROUNDED],
        "Based on %(count)s messages in the last 24 hours. Quiet hours are those of each schedule and the floor that no schedule can lift, as"
        " it was when each message left.": [
            ROUNDED,
            (STORED + "rollcall/test_kept_rules.py", "test_a_message_in_the_night_and_one_too_many_cannot_hide"),
        ],
        "Roll-calls whose messages could not be sent end as excused; staff are not asked to follow up.": [
            (STORED + "rollcall/test_prompts.py", "test_nobody_is_asked_after_because_messages_were_stopped")
        ],
    },
    "web/templates/console/messages/emergency.html": {
        "For fire, flood, evacuation and the like only. It reaches everyone in the zone at once, also at night and after STOP. It stays on"
        " record under your name, with the reason.": [
            (FLOOR, "test_an_emergency_passes_the_night_the_budget_and_stop_under_a_name_and_is_in_the_trail"),
            (
                STORED + "web/test_quiet_hours_pages.py",
                "test_an_emergency_is_shown_before_it_is_sent_and_stands_on_the_record_with_its_name",
            ),
        ],
    },
}
# What is no promise: labels, buttons, headings and questions have few words or no full stop.
PROMISES_NOTHING = {
    "web/templates/residents/own_data.html": {
        "You can also complain, report a violation, go to court or claim damages. None of that goes through this service.",
        "Complaints go to: %(where)s",
        "No quarantine order is on record here.",
        "Complaints go to the authority above %(service)s, or to the People’s Committee of the province.",
    },
}
Tests = list[tuple[str, str]]
ALL: dict[str, Tests] = README | TOLD | {sentence: tests for page in PAGES.values() for sentence, tests in page.items()}


def sentences_of(page: str) -> set[str]:
    """The sentences of a template that say how something is: they end with a stop or a colon, or are badges that claim something."""
    text = (ROOT / page).read_text()
    found = set(re.findall(r'_\("((?:[^"\\]|\\.)+)"', text))
    return {
        each for each in found if (each.endswith((".", ":")) and len(each.split()) > 6) or each == "None sent in quiet hours"
    }


@cache
def names_in(path: str) -> set[str]:
    return {node.name for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef)}


def test_every_sentence_of_the_readmes_promises_is_in_the_table() -> None:
    section = " ".join(
        (ROOT / "README.md").read_text().partition("## What it promises")[2].partition("\n[What auditors")[0].split()
    )
    left = section
    for sentence in README:
        assert sentence in section, sentence
        left = left.replace(sentence, "", 1)
    assert left.replace("-", "").split() == [], "not in the table: " + left


def test_every_sentence_of_the_notice_is_in_the_table() -> None:
    assert set(NOTICE) == set(TOLD)


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_sentence_of_a_page_that_promises_is_in_the_table(page: str) -> None:
    assert sentences_of(page) - PROMISES_NOTHING.get(page, set()) == set(PAGES[page])


def test_each_sentence_names_tests_that_exist() -> None:
    missing = [(path, name) for tests in ALL.values() for path, name in tests if name not in names_in(path)]
    assert missing == []
    assert all(ALL.values())
