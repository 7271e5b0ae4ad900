"""Forms of a word made one: the endings of English plurals and verbs are taken off.

A dozen rules and no dictionary: "mice" stays, and "evening" becomes "even".  The field calls this
stemming; Porter 1980 ("An algorithm for suffix stripping") is the well-known set of rules, which cuts deeper,
to stems that are no words.
"""

from __future__ import annotations

from .tokenise import letters

VOWELS = frozenset("aeiouy")
SHORTEST = 3  # letters of a word that endings are taken off, and of what is left of a verb


def stems(line: str) -> list[str]:
    """Runs of letters, lower-cased, without their endings.

    >>> stems("Bats can see via echolocation.")
    ['bat', 'can', 'see', 'via', 'echolocation']
    """
    return [stem(word) for word in letters(line)]


def stem(word: str) -> str:
    """Return a lower-case English word without the ending of a plural or of a verb's form.

    >>> [stem(word) for word in "potatoes cities boxes stopped making opened".split()]
    ['potato', 'city', 'box', 'stop', 'make', 'open']
    """
    if len(word) <= SHORTEST:
        return word
    for ending in ("ed", "ing"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= SHORTEST and VOWELS & set(rest):
            return _verb(rest)
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes", "oes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _verb(rest: str) -> str:
    """Return a verb's base from what is left in front of -ed or -ing.

    >>> [_verb(rest) for rest in ("stopp", "fill", "mak", "danc", "open", "sneez", "carri")]
    ['stop', 'fill', 'make', 'dance', 'open', 'sneeze', 'carry']
    """
    last, before = rest[-1], rest[-2]
    if last == "i":
        return rest[:-1] + "y"
    if last == before and last not in "lsz" and last not in VOWELS and len(rest) > SHORTEST:
        return rest[:-1]
    silent = last in "cuvz" or rest.endswith(("bl", "dg")) or (last == "s" and before in VOWELS)
    silent = silent or (rest.endswith("at") and rest[-3] not in "aeou")  # associat(e), not heat
    short = len(rest) == SHORTEST and before in VOWELS and last not in VOWELS | set("wx")  # mak(e), not show
    return rest + "e" if silent or short else rest
