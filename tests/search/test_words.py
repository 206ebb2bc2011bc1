"""Words as they are searched, mistyped words, and what the two stores are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillside.base import nearness, words

FOLDED = {
    "Größe, CAFÉ": ["grosse", "cafe"],
    "cafe\u0301": ["cafe"],
    "İstanbul": ["istanbul"],
    "日本語 test": ["日", "本", "語", "test"],
    "don't e-mail a_b": ["don", "t", "e", "mail", "a", "b"],
    "ｗｉｄｅ ①": ["wide", "1"],
    "x" * 60: ["x" * 40],
    "… — !?": [],
}


@pytest.mark.parametrize("text", FOLDED)
def test_case_accents_and_width_make_no_difference(text: str) -> None:
    assert words.of(text) == FOLDED[text]


@given(st.text())
def test_words_are_letters_and_digits_and_stay_as_they_are(text: str) -> None:
    found = words.of(text)
    assert [word for word, _, _ in words.spans(text)] == found
    assert all(word.isalnum() and len(word) <= words.LONGEST for word in found)
    assert words.of(" ".join(found)) == found


@given(st.text(alphabet="abcdefgh", min_size=4, max_size=12), st.integers(0, 20), st.sampled_from("abcxyz"), st.sampled_from("-+~x"))
def test_one_slip_is_found_by_a_common_piece(word: str, place: int, letter: str, slip: str) -> None:
    at = place % len(word)
    swapped = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    typed = {"-": word[:at] + word[at + 1 :], "+": word[:at] + letter + word[at:], "~": word[:at] + letter + word[at + 1 :], "x": swapped}[slip]
    assert nearness.pieces(word) & nearness.pieces(typed)
    assert nearness.slips(typed, word) <= 1


def test_numbers_are_never_taken_for_others() -> None:
    assert not nearness.may_be_mistyped("10422")
    assert nearness.may_be_mistyped("parcel")


def test_the_nearest_word_comes_first() -> None:
    assert nearness.nearest("parcle", ["parade", "parcel", "parcels", "particle"])[0] == "parcel"
    assert nearness.nearest("wzzq", ["parcel"]) == []
