"""Privacy's papers say what the service does: periods from the rules, the authority's name, the notice that people are shown."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest

from monitor.authority import Authority
from monitor.papers.papers import IN_BOTH, TITLES, Facts, Paper, kept, policy, style, write_paper
from monitor.personal_data.consent import NOTICE
from monitor.personal_data.periods import Kind, rules
from monitor.settings import Settings
from monitor.words import LANGUAGES, translator
from tests.unit.house.test_words import VIETNAMESE, complaints

AUTHORITY = Authority("Trạm Y tế phường Phú Cường", "Phú Cường Ward Health Station")
ON = date(2026, 11, 30)


def facts(settings: Settings | None = None, last_day: date | None = None, authority: Authority = AUTHORITY) -> Facts:
    return Facts(authority, "Sở Y tế <tỉnh>", rules(settings or Settings()), last_day, ON)


def words_of(html: str) -> str:
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paper", list(Paper))
def test_each_paper_stands_alone_with_the_authoritys_name_and_blanks_to_fill(paper: Paper, language: str) -> None:
    html = write_paper(paper, language, facts())
    text = words_of(html)
    assert AUTHORITY.headed(language).lower() in text.lower()
    assert 'class="blank"' in html
    assert "<script" not in html
    assert not re.search(r'(src|href)="', html)
    assert "{{" not in html
    assert "%(" not in html
    # What the province typed is text and no markup.
    assert "<tỉnh>" not in html
    if paper is not Paper.RETENTION:
        assert "Sở Y tế <tỉnh>" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paper", [Paper.RETENTION, Paper.NOTICE, Paper.IMPACT_ASSESSMENT])
def test_the_periods_are_those_by_which_the_service_deletes(paper: Paper, language: str) -> None:
    settings = Settings(keep_selfies_hours=31, keep_faces_days=5, keep_person_days=77, keep_incident_media_days=44)
    text, translate = words_of(write_paper(paper, language, facts(settings))), translator(language)
    for rule in rules(settings):
        row = f"{translate(rule.what)} {kept(rule.kept, language)} {translate(rule.since)} {translate(rule.basis)}"
        assert row in text
    wanted = ["31 giờ", "5 ngày", "77 ngày"] if language == "vi" else ["31 hours", "5 days", "77 days"]
    assert all(each in text for each in wanted)


def test_the_sign_at_cameras_speaks_both_languages_and_says_how_long_clips_are_kept() -> None:
    text = words_of(write_paper(Paper.CAMERA_SIGN, "vi", facts(Settings(keep_incident_media_days=44))))
    assert text.index("KHU VỰC CÓ CAMERA") < text.index("CAMERAS IN THIS AREA")
    for each in (*(AUTHORITY.headed(language) for language in LANGUAGES), "44 ngày", "44 days"):
        assert each in text
    assert {Paper.CAMERA_SIGN} == IN_BOTH


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_is_the_one_that_people_are_shown(language: str) -> None:
    text = words_of(write_paper(Paper.NOTICE, language, facts()))
    for sentence in NOTICE:
        assert translator(language)(sentence) % {"service": AUTHORITY.headed(language)} in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_assessment_names_the_last_day_of_enrolment_or_leaves_it_blank(language: str) -> None:
    assert "31/12/2026" in words_of(write_paper(Paper.IMPACT_ASSESSMENT, language, facts(last_day=date(2026, 12, 31))))
    assert "31/12/2026" not in words_of(write_paper(Paper.IMPACT_ASSESSMENT, language, facts()))


@pytest.mark.parametrize("paper", list(Paper))
def test_without_a_named_authority_the_health_service_speaks(paper: Paper) -> None:
    assert "cơ quan y tế" in words_of(write_paper(paper, "vi", facts(authority=Authority()))).lower()


def test_both_languages_of_the_assessment_have_the_same_parts() -> None:
    pages = [write_paper(Paper.IMPACT_ASSESSMENT, language, facts()) for language in LANGUAGES]
    assert len({tuple(re.findall(r"<(h2|tr|th|table)\b", page)) for page in pages}) == 1


def test_the_papers_keep_to_the_glossary() -> None:
    # “Sự cố” stands for a breach here, which is the law's word.
    rejected = [each for each in VIETNAMESE if "Ss]ự cố" not in each.pattern and each.pattern != '"']
    texts = [words_of(write_paper(paper, "vi", facts())) for paper in Paper]
    assert list(complaints([*texts, *TITLES.values()], rejected)) == []


@pytest.mark.parametrize(
    ("time", "vi", "en"),
    [
        (timedelta(hours=72), "72 giờ", "72 hours"),
        (timedelta(hours=1), "1 giờ", "1 hour"),
        (timedelta(days=14), "14 ngày", "14 days"),
        (timedelta(0), "0 giờ", "0 hours"),
    ],
)
def test_periods_in_words(time: timedelta, vi: str, en: str) -> None:
    assert (kept(time, "vi"), kept(time, "en")) == (vi, en)


def test_every_kind_of_data_has_a_row() -> None:
    assert {each.kind for each in facts().rules} == set(Kind)


def test_the_policy_lets_the_style_sheet_and_nothing_else() -> None:
    assert "default-src 'none'" in policy()
    assert "sha256-" in policy()
    assert "url(" not in style()


def test_papers_are_part_of_the_package() -> None:
    declared = (Path(__file__).parents[3] / "setup.cfg").read_text()
    assert "papers/templates/*" in declared
    assert "service/proxies/*" in declared
