"""How near two words are: for words that are typed wrongly. Pure; the words that are known are kept elsewhere."""

_CUT = 8
_LONG = 8
SHORTEST, LONGEST = 4, 30


def may_be_mistyped(word: str) -> bool:
    """Letters alone, and enough of them: a number that is nearly right is another number."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


def pieces(word: str) -> set[str]:
    """The beginning of a word, whole and without each of its letters. Two words one slip apart have a piece in common: a letter too many,
    missing, exchanged with its neighbour or with any other."""
    begin = word[:_CUT]
    return {begin, *(begin[:place] + begin[place + 1 :] for place in range(len(begin)))}


def slips(typed: str, word: str) -> int:
    """How many slips lead from what was typed to a beginning of the word (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(word) + 1))
    for y, letter in enumerate(typed, 1):
        older, before, row = before, row, [y]
        for x, other in enumerate(word, 1):
            least = min(before[x] + 1, row[x - 1] + 1, before[x - 1] + (letter != other))
            if x > 1 and y > 1 and letter == word[x - 2] and typed[y - 2] == other:
                least = min(least, older[x - 2] + 1)
            row.append(least)
    return min(row)


def nearest(typed: str, known: list[str], *, most: int = 5) -> list[str]:
    """The known words with the fewest slips: one is allowed, two in long words. The shortest come first, being nearest in length."""
    allowed = 2 if len(typed) >= _LONG else 1
    rated = sorted((slips(typed, word), word[:1] != typed[:1], len(word), word) for word in known)
    return [word for count, _, _, word in rated if count == rated[0][0] and count <= allowed][:most]
