"""What each main page of the console is for: the sentences that stand behind "What is this page for?"."""

from __future__ import annotations

from monitor.words import N_, Words

_REVIEW = N_(
    "One case after the other, the most urgent first: answers that are in doubt, results that someone disputes, roll-calls without an answer."
    " Choose a decision and a reason, by mouse or by the keys beside them; the next case follows. While you have a case, nobody else decides it."
)
HELP = {
    "report_sending.listed": N_(
        "Which report went to whom, when, and what the mail server said. Where it is unknown whether one arrived, ask by telephone, then"
        " say so here or send it again."
    ),
    "report_recipients.listed": N_(
        "The addresses that get the province’s report, the language and files of each, and what stands at the head and at the end of it."
    ),
    "report_schedules.listed": N_(
        "Day sheets of zones and weeks of supervisors that are made by themselves, on which days, at what time, for whom."
    ),
    "day_sheet.show": N_(
        "The sheet that ward staff know from paper: people by room, temperatures and six signs. Filled with what was answered that day, or empty"
        " to be filled by hand."
    ),
    "hotline.listed": N_(
        "What people have told 1022, on whichever channel: each ticket is due five hours after first contact, and nothing moves that."
        " Take one that nobody has, hand it to the unit that can help, or answer it yourself."
    ),
    "hotline_ticket.show": N_(
        "One ticket: what was said, word for word, who has it, until when it is due, and what you may do next. Each look at it is recorded."
    ),
    "hotline_call.screen": N_(
        "The screen for a call. The number tells who may be calling and what they asked before; type what is said, and the nearest unit has it"
        " when you save."
    ),
    "hotline_shift.listed": N_(
        "Telephones of 1022, the people who sit at them, and their notes for the next shift. Begin your shift here, so that calls open on your screen."
    ),
    "hotline_figures.show": N_(
        "How many of those who turned to 1022 were answered within five hours, how soon, and where they waited. Each number leads to the"
        " tickets that it counts."
    ),
    "hotline_units.listed": N_(
        "The units that answer, with their heads and working times, and the words that operators say and send. A unit that is dissolved"
        " leaves its tickets to the next."
    ),
    "hotline_texts.listed": N_(
        "Answers that operators find and send, and scripts that they say, each in both languages. A change is a new version; what was sent stays"
        " as it was sent."
    ),
    "contact_chain.show": N_(
        "Who may have infected whom, by the contacts that are proposed or released: one source drawn for each person, others as dotted lines."
        " Nobody is left out: whoever has no room stands in a “+” with a number, which opens. Numbers stand for people; names are shown on request."
    ),
    "contact_curve.show": N_(
        "Cases by the day on which they fell ill, stacked by where they were found. The share found while already in quarantine says how well"
        " tracing works: what is found there infects nobody any more."
    ),
    "implausible.listed": N_(
        "Dates that contradict each other, and cases whose interview is late or found few contacts. Each sentence leads to the case and to its"
        " place in the chain; nothing is corrected by itself."
    ),
    "clusters.listed": N_(
        "A cluster joins the cases, control points and quarantine orders of one outbreak, so that their curve, their chain and open questions"
        " stand on one page."
    ),
    "clusters.one": N_(
        "One cluster: its curve, cases, places and orders. Adding or taking out changes nothing about a case, a place or an order."
    ),
    "infection_cases.listed": N_(
        "Infected people whose contacts are traced, the newest first, and how quickly contacts were called, put in quarantine and tested."
        " Where someone was and whom they met is shown to who says why."
    ),
    "infection_cases.new": N_(
        "An infected person is entered with the days from which it follows whom they could infect. Someone who has a record is not entered again."
    ),
    "infection_cases.show": N_(
        "One infected person: the days, since when they could infect others, the interview, and the contacts. Each look is recorded, and the"
        " person can read who looked and why."
    ),
    "interviews.screen": N_(
        "The screen for an interview, by keyboard and telephone: places with their times, the people met there, and what was done together."
        " What you type is saved by itself; go on later, or let a colleague take over. At the end, read it back."
    ),
    "case_contacts.listed": N_(
        "Everyone who may have met this person, each with how that is known, by which rule and how certain. Nothing is done about anyone"
        " before a supervisor has released them."
    ),
    "case_contacts.show": N_(
        "One contact: when and where the two met, how that is known, and what follows. A supervisor releases, refuses or joins; calls, tests and"
        " the order are then due within their times."
    ),
    "known_contacts.show": N_(
        "Contacts of one infected person that follow from rooms, check-ins, cameras’ lines and declarations, codes for logs of phones, and"
        " warnings about places, which two people release."
    ),
    "contact_tasks.listed": N_("Calls, tests and orders that contacts still need, the soonest due first."),
    "contact_rules.listed": N_(
        "The rules by which a meeting makes someone a contact, each with its document and its days. The rule of the day of the meeting counts,"
        " also when it is no longer in force. A province adds its own."
    ),
    "floor_plan.show": N_(
        "The floor as seen from above: each room with how many of its people are present. Patterns and words tell what is not as it should be;"
        " a room or a camera leads to its page."
    ),
    "floor_plan.editor": N_(
        "Here rooms and cameras are drawn where they are, on a picture or an empty sheet. Nothing about people or cameras changes by drawing."
    ),
    "figures.show": N_(
        "How roll-calls, messages, decisions, alerts and cameras have gone over any days, for one zone or all. Each day is counted again every quarter of an hour"
        " and some times after it has ended, since answers and decisions come late. The figures name nobody."
    ),
    "reports.listed": N_(
        "The report of each day, with all its versions. It is counted at the cut-off, checked against the day before and released by a person;"
        " if nobody releases it in time, it leaves as provisional."
    ),
    "reports.one": N_(
        "All figures of a day. Each number leads to the people or things that it counts, as they were at the cut-off. Anyone who does not add up"
        " with the last report is named: correct what is wrong and count again, or accept the difference with a reason."
    ),
    "report_times.show": N_(
        "When reporters are reminded, when figures are cut off, when someone is called because the report is late, and when it leaves as"
        " provisional. A change holds from then on, and what held before stays listed."
    ),
    "overview.overview": N_(
        "Your zones as they are now: who is present, which roll-calls are open, and what waits for you, most urgent first."
        " Begin at the top of the list “To do”. The page keeps itself up to date."
    ),
    "people.listed": N_(
        "Everyone in your zones. Type a name, a room or a number, or narrow the list with filters; a name leads to all that is known of the person."
    ),
    "roll_calls.listed": N_(
        "The newest roll-calls of each zone. From here you reach the people of a zone, its schedules, and the roll-call in person for those who"
        " cannot answer by phone."
    ),
    "cameras.camera_list": N_(
        "Every camera with its newest picture and what is wrong with it. A camera that fails makes presence unknown, never absent. Every look"
        " at a picture is recorded."
    ),
    "camera.page": N_(
        "One camera: its picture, whether it works, how often it was right, and its settings. Areas and lines say which parts of the picture"
        " count, are covered, or are an exit."
    ),
    "plans.plan_list": N_(
        "When the people of this zone are asked, over which channel, and what follows when nobody answers. A schedule is replaced, never changed,"
        " so what held earlier can be read."
    ),
    "ward.ward": N_(
        "For a walk from room to room with a phone or tablet: tick off each person whom you find, with how they feel. It counts as their"
        " answer."
    ),
    "incidents.incident_page": N_(
        "One incident: what happened and why it is here, what was tried, and what to do next. Take it on first, then note each call or visit,"
        " and resolve it with a sentence."
    ),
    "movements.show": N_(
        "Arrivals in this zone and departures from it: transfers offered, orders that end, and changes that are planned. An order that has run out waits for"
        " a release in writing."
    ),
    "messages.message_page": N_(
        "The messages to people’s phones: whether they arrived, and how many are on their way. In an emergency, messages can be stopped"
        " here, or one sent to everyone."
    ),
    "incidents.incident_list": N_(
        "All that needs someone to look at it, most urgent first. Open an incident, take it on so that others see it, and resolve it with a sentence about"
        " what was done."
    ),
    "review.following": _REVIEW,
    "review.case": _REVIEW,
    "proposals.listed": N_(
        "Decisions with legal effect take two people: one proposes, a different one confirms or declines. Nothing takes effect before that, and nothing"
        " expires without staying on this list until someone has noted it."
    ),
    "disclosures.listed": N_(
        "The register of all data about people that left this system: exports, letters and copies by themselves, everything else by hand on a person’s page."
        " The data-protection officer shows it when asked, and each person reads their own part."
    ),
    "second_looks.listed": N_(
        "How supervisors decide: so that each sees how they compare with others’ second looks, and so that work is shared fairly. It does not rank anyone,"
        " and nothing follows from it by itself."
    ),
    "calls.listed": N_(
        "People to call today and why, the most urgent first. Begin with the button: each person is shown with the number to tap and words to say;"
        " the result is one tap, and the next person follows. Whom you have open, nobody else calls."
    ),
    "visits.visit_list": N_(
        "People who could not be reached by phone and are to be visited, in the order in which to go. The list can be printed and filled in on the way."
    ),
    "data_requests.listed": N_(
        "Requests of people about their own data: to see, correct or delete it, or to withdraw their consent. The law sets a time for each answer."
    ),
    "unknown_texts.listed": N_(
        "Text messages from numbers that belong to nobody here. Read each: someone may need help, or may answer from another phone."
    ),
    "duty.table": N_(
        "The staff on duty, by zone and time. Alerts go to these people first, and on to others while nobody takes them. Notes for the next shift are left here too."
    ),
    "gate.start": N_(
        "For someone who stands before you: read or type the identity card, then follow the steps to a room, a phone number, consent and photos."
        " Each step can be done later."
    ),
    "files.listed": N_(
        "Many people at once, from a table. You see every row before anyone is entered, and can take a file back afterwards."
    ),
    "lab_files.show": N_(
        "Results from a laboratory’s table. Those that are sure by number are noted at once; the others wait for your decision."
    ),
    "rounds.round_page": N_(
        "One round: how far it is, beside those before it, and each person’s part. Every number opens the list of whom it counts."
    ),
    "zones.zone_page": N_(
        "One zone: its roll-calls, then its rooms with their people. “Unknown” means that no camera and no answer tells; it does not mean absent."
    ),
    "residents.resident_page": N_(
        "All that is known of one person, with the reasons. What may be done stands beside it; what happened stands in the timeline, newest first."
        " That you opened this page is recorded."
    ),
    "records.audit_list": N_(
        "Who did or saw what, newest first. Entries cannot be changed; the chain shows whether one was removed."
    ),
    "faces.show": N_(
        "How well faces are told apart here, measured on this site’s own answers. Use it to judge thresholds, never to judge a person."
    ),
    "outages.listed": N_(
        "When something of ours did not work, and who was excused for it. A fault of ours never counts against anyone."
    ),
    "who_may.show": N_("Which role may do what, and who has which role. To change it, open the account."),
    "set_up_health.show": N_(
        "The service as it is set up: what is missing and what needs attention now, each with the next step. Look here first when something does not work."
    ),
    "places.listed": N_(
        "Places that are control points, in the wards of your zones. Approve those that wait, or say what is to be put right; a place leads to"
        " how many people are there now and to the share that was scanned."
    ),
    "place_lists.form": N_(
        "The people scanned at this place on a day: when they were surely there, and when possibly. A reason is asked for, and each look is recorded."
    ),
    "place_keys.listed": N_(
        "The keys that sign the codes on posters. Withdraw one only where codes were forged with it; all posters that it signed must be printed again."
    ),
    "coverage.show": N_(
        "Which share of smartphone users has a health declaration in force, by commune and organisation, with control points and cameras beside it."
        " Begin with the communes that fell behind; each table says below it what is counted."
    ),
    "doors.form": N_(
        "A list for people who go from door to door in one commune or neighbourhood. Choose the place and who walks with it; the list is a PDF to print."
    ),
    "collected.listed": N_(
        "The numbers that communes and organisations enter each day, added up, and who has not entered any. You can enter them for someone who tells"
        " you on the telephone."
    ),
    "collected.calls": N_(
        "Reporters who have entered nothing though they were reminded. Call each, and note the result by one tap; anyone who enters the numbers meanwhile leaves the list."
    ),
    "collected.fields": N_(
        "The numbers that reporters are asked each day, ten at most. Change the words or the limit of one, close what is no longer needed, and add another."
    ),
    "reporters.listed": N_(
        "The communes and organisations that enter numbers, each with its contact, its link and its smartphone users. Add them here, or many from a table."
    ),
    "zone_list.listed": N_(
        "The zones with their rooms and beds. Add a zone first, then its rooms; people and cameras are assigned to rooms."
    ),
    "triage.show": N_(
        "Which symptoms and figures make an answer urgent, and who is at risk. A change holds from then on, and earlier tables are kept."
    ),
    "accounts.account_list": N_(
        "Who works here, with which role and in which zones. Invite someone by a link; they choose their own password. Close the account of anyone who leaves."
    ),
    "declarations.start": N_(
        "Whether someone of the public has a health declaration in force, by code, card or telephone. Here staff also enter declarations for others, and print the form on paper."
    ),
    "declaration_form.edit": N_(
        "The questions that everyone is asked. Change them as a draft, look at it as phones show it, and publish it; earlier answers keep their form."
    ),
    "retention.show": N_(
        "How long each kind of data is kept, and what will be deleted next. Deletion can be postponed with a reason; a certificate proves it afterwards."
    ),
    "papers.listed": N_(
        "The papers that data protection asks for, filled in as far as the service knows. Complete the rest and have them signed."
    ),
    "service.show": N_(
        "Whether clocks are right and whether stored data can be read. After a clock jumped, someone confirms here which time is right."
    ),
}


def help_of(endpoint: str | None) -> Words | None:
    """What a page is for; None where that is not said."""
    return Words(HELP[endpoint]) if endpoint in HELP else None
