"""What is well, and everything that is not: by long lists, and by what may be put before, between and behind."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from monitor.models.rollcalls.inbound import InboundMeaning as M
from rollcall.inbound.language.folding import fold, normal
from rollcall.inbound.language.lexicon import apart, is_known
from rollcall.inbound.reading import Statement, Writers, read
from tests.worlds.written_texts import NOT_WELL_ENGLISH, NOT_WELL_VIETNAMESE, WELL_ENGLISH, WELL_VIETNAMESE

AN = Writers(names=("Nguyễn Văn An",), rooms=("P.203",), numbers=("+84900000101", "8149"), codes=())
FAMILY = Writers(names=("Trần An", "Trần Bình", "Trần Cúc"), rooms=("P.203",), numbers=("+84900000101", "8149"), codes=())
WELL = WELL_VIETNAMESE + WELL_ENGLISH


@pytest.mark.parametrize("text", WELL)
def test_who_plainly_says_well_is_understood(text: str) -> None:
    assert read(text).meaning is M.WELL


@pytest.mark.parametrize("text", NOT_WELL_VIETNAMESE + NOT_WELL_ENGLISH)
def test_who_says_anything_else_is_not_well(text: str) -> None:
    assert read(text).meaning is not M.WELL
    assert read(text, AN).meaning is not M.WELL


@pytest.mark.parametrize(
    "text",
    [
        "Nhầm số rồi",
        "Anh ấy mất rồi",
        "Người này đã chuyển đi rồi",
        "Em bị 2 vạch rồi",
        "có cháy",
        "Có hơi khó chịu",
        "Nobody lives here anymore",
        "Sorry, I'm busy. Call you later ok",
    ],
)
def test_a_known_word_among_unknown_ones_is_read_by_a_person(text: str) -> None:
    assert read(text).meaning is M.UNCLEAR


@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ", "`", "´", "‘", "′", ""])
@pytest.mark.parametrize("denied", ["I don{}t feel well", "She isn{}t well", "we aren{}t ok", "I can{}t say that I am well"])
def test_a_denial_counts_with_whatever_apostrophe(denied: str, apostrophe: str) -> None:
    assert read(denied.format(apostrophe)).meaning in (M.ILL, M.UNCLEAR)


@pytest.mark.parametrize(
    "text",
    [
        "Có, ðau đầu",
        "Ðau họng",
        "Tôi không cảm thấy được khoẻ",
        "không phải là tôi khoẻ đâu",
        "không sốt nhưng cũng không khoẻ",
        "chưa hết sốt",
        "không sốt em ho",
        "không sốt mà ho",
        "no fever but I cough",
    ],
)
def test_a_denial_reaches_what_it_denies_and_nothing_else(text: str) -> None:
    assert read(text).meaning is M.ILL


@pytest.mark.parametrize(
    "text", ["không sốt không ho", "no fever, cough or pain", "không sốt ho", "không sốt hay ho", "I don't have a fever"]
)
def test_who_denies_complaints_and_says_nothing_else_is_well(text: str) -> None:
    assert read(text).meaning is M.WELL


@pytest.mark.parametrize(
    "text",
    [
        *("không sốt, ho", "no fever, a cough", "không nguy hiểm", "not dead", "no fever anymore", "hết sốt rồi"),
        # One denial covers a list in Vietnamese only, and nothing twice.
        *(
            "I am not ill fever",
            "No fever, no cough sốt",
            "Toi khong sot sot",
            "No fever, cough or shortness of breath khó thở",
        ),
        *("bao giờ khỏe", "ho 3 người phòng em đều khỏe", "tôi có mặt ở phòng 103F"),
    ],
)
def test_a_denial_that_leaves_a_doubt_is_not_well(text: str) -> None:
    assert read(text).meaning is not M.WELL


UNKNOWN = st.text(string.ascii_lowercase + "ăâđêôơưáàảãạ", min_size=2, max_size=9)


@given(st.sampled_from(WELL), UNKNOWN, st.sampled_from(["{0} {1}", "{1} {0}", "{0}, {1}", "{1}. {0}", "{0}\n{1}"]))
@settings(max_examples=300, deadline=None)
@example("khỏe", "nothingknown", "{0} {1}")
def test_a_word_that_nobody_knows_never_leaves_a_text_well(text: str, word: str, together: str) -> None:
    known = all(is_known(each) for each in apart(fold(normal(word))))
    assume(not known and read(word).meaning is M.UNCLEAR)
    assert read(together.format(text, word)).meaning is not M.WELL


@given(
    st.sampled_from(WELL),
    st.sampled_from(["không thể nói là", "đừng nghĩ là", "I can't say that", "ai bảo", "giá mà", "nobody says", "if"]),
)
@settings(max_examples=150, deadline=None)
def test_a_denial_before_a_text_never_leaves_it_well(text: str, before: str) -> None:
    assert read(f"{before} {text}").meaning is not M.WELL


@given(
    st.sampled_from(WELL),
    st.sampled_from(
        ["nhưng sốt", "but I have a fever", "khó thở", "đau ngực", "38.5", "39 độ", "chest pain", "103F", "🤒", "?", "ko?"]
    ),
)
@settings(max_examples=150, deadline=None)
def test_an_illness_or_a_question_behind_a_text_never_leaves_it_well(text: str, behind: str) -> None:
    assert read(f"{text} {behind}").meaning is not M.WELL


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("An khỏe", M.WELL),
        ("Nguyen Van An, P203: khoe", M.WELL),
        ("Văn An phòng 203 khỏe, 36.4", M.WELL),
        ("khỏe 8149", M.WELL),
        ("0900 000 101 khỏe", M.WELL),
        ("Lan khỏe", M.UNCLEAR),
        ("An phòng 204 khỏe", M.UNCLEAR),
        ("0912 345 678 khỏe", M.UNCLEAR),
        ("khỏe 3850", M.UNCLEAR),
        ("1 4821", M.WELL),
        ("khỏe 7", M.UNCLEAR),
        ("2, khỏe", M.UNCLEAR),
        ("1 khỏe", M.WELL),
        ("2 ốm", M.ILL),
    ],
)
def test_the_writers_own_name_room_and_numbers_are_understood_and_no_others(text: str, meaning: M) -> None:
    assert read(text, AN).meaning is meaning


@pytest.mark.parametrize("surname", ["Hồ Văn Sốt", "Ho Om"])
def test_a_name_never_hides_a_complaint(surname: str) -> None:
    assert read("sot", Writers(names=(surname,))).meaning is M.ILL
    assert read("toi om", Writers(names=(surname,))).meaning is M.ILL


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("CO", (Statement(),)),
        ("cả nhà khỏe", (Statement(),)),
        ("cả 3 đều khỏe", (Statement(),)),
        ("An khỏe, Bình sốt", (Statement((1,)), Statement((2,), unwell=True, symptoms=("fever",)))),
        ("Bình sốt, An khỏe", (Statement((2,), unwell=True, symptoms=("fever",)), Statement((1,)))),
        ("Có, Bình sốt, An khỏe", (Statement(), Statement((2,), unwell=True, symptoms=("fever",)), Statement((1,)))),
        ("Tôi khỏe", ()),
        ("mẹ khỏe", ()),
        ("Trần khỏe", ()),
        ("cả 2 khỏe", ()),
        ("1", ()),
        ("CO 7", ()),
    ],
)
def test_on_a_shared_phone_a_text_is_about_those_whom_it_names(text: str, statements: tuple[Statement, ...]) -> None:
    assert read(text, FAMILY).statements == statements


def test_dangers_are_symptoms_of_their_own() -> None:
    (statement,) = read("đau ngực, lơ mơ, khó thở").statements
    assert statement.symptoms == ("chest_pain", "confusion", "breathless")
    for text in ("muốn chết", "bất tỉnh", "chảy máu nhiều", "fainted", "I want to die", "won't wake up", "can't breathe"):
        assert read(text).meaning is M.ILL, text
