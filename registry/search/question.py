"""A question taken apart: the words that say what is sought, clause by clause, without why, when and for whom.

"Merge a LoRA adapter before Friday, so that the demo starts quickly" asks for the merging of adapters. Words of
circumstance are left out, as is the request itself ("write a script that"), and each clause is known by itself, so that
an artifact can answer one of them well. Names of models and libraries are known to be names. Refuses
what asks nothing: no word that tells one thing from another, or a text that is no question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import UsageError
from .actions import actions
from .asked import without_names, without_request
from .words import WORD, words

LONGEST = 2_000  # characters
MOST_TERMS = 60
CLAUSE = re.compile(
    r"[,;:.!?()]\s+|\s[-–—]+\s|\b(?=(?:because|since|so that|before|after|when|whenever|while|if|although|though|until|"
    r"unless|as soon as|which|whose|where|in order to|whether|in case|now that)\b)",
    re.I,
)
CIRCUMSTANCE = frozenset(
    """about above after again against all almost along although always among another anybody anyone anywhere
    around away back because been before behind being below besides between both brought came come comes could
    day days despite does done down during each early either else enough even ever everybody everyone everything
    finally first found gave give given gives go goes going gone got had half happen happened happens hardly
    he her here hers him his home hour hours however inside instead itself knew know known knows last late later
    least less let likely little long lot may maybe me mean might mind mine more morning most much must
    myself nearly needed needs neither never next night nobody none nor not nothing now often old once
    other others otherwise ought ourselves out over own people perhaps please possible probably put quick
    quickly quite rather read ready really recent recently right said same saw say says see seem seems seen sees
    several shall she should show since six slow slowly somebody someone sometimes somewhere soon start started
    starts still such sure take taken takes ten thank thanks themselves therefore though thought three through
    throughout thus till time times today together told tomorrow tonight too took toward towards tried try
    trying turn twice two under unless until up upon very wait waiting wanted wants week weekend weeks went were
    whatever whenever wherever whether whichever whoever whole whom whose why wish within won wonder work
    working works world worth would year years yes yesterday yet monday tuesday wednesday thursday friday
    saturday sunday january february march april june july august september october november december spring
    summer autumn winter noon evening afternoon midnight month months minute minutes deadline meeting meetings
    conference workshop holiday holidays lunch coffee breakfast dinner boss manager managers colleague
    colleagues intern interns customer customers client clients professor advisor supervisor reviewer reviewers
    sponsor audience team teams friend friends guy guys man woman engineer engineers scientist
    scientists researcher researchers stakeholder stakeholders investor investors laptop desk office room
    kitchen bus trip house building upstairs phone slide slides presentation demo budget money cheap expensive
    rented rent hurry rush urgent urgently easy easily simple simply hard nice good better best bad worse
    worst big small large great interesting important actually basically certainly clearly honestly exactly
    currently usually anyway hopefully unfortunately remember forget forgot asked asks ask insist insists
    insisted believe believes promise promised complain complains complained care cares happy sad
    tired broken angry afraid glad hope hopes hoping expect expects expected suggest suggests suggested mention
    mentioned decide decided""".split()
)
FOREIGN = frozenset(
    """der die das und ein eine einen einem einer für mit nicht ist wir ich auf zu zum zur von vom wie oder aus
    le la les des une un et est pour avec dans sur qui que nous je du au aux par el los las una y es para con por como
    del se su il lo gli di per che sono non della delle nel het een van voor met niet zijn wij op o os as um uma com não
    do da em i w na z nie jest się dla och att en som på är för med""".split()
)


@dataclass(frozen=True)
class Question:
    """What is asked: each word (a stem) once, in order, and which of them (by place) every clause has.

    `spoken` are the words as they were written, each with the places of its stems; `names` the places of what is but
    the name of a model or library, none where nothing is to be done with it.
    """

    text: str
    terms: tuple[str, ...]
    clauses: tuple[tuple[int, ...], ...]
    spoken: tuple[tuple[str, tuple[int, ...]], ...] = ()
    names: frozenset[int] = frozenset()

    @classmethod
    def of(cls, text: str) -> Question:
        """Take a question apart. Raises UsageError for one that is too long to be one, or says nothing."""
        if len(text) > LONGEST:
            why = f"the question has {len(text):,} characters, and at most {LONGEST:,} are looked at"
            raise UsageError(why, "Say in a sentence or two what it does.")
        text = without_request(text)
        runs = [run for run in WORD.findall(text) if run.lower() not in CIRCUMSTANCE and any(words(run))]
        runs = runs or WORD.findall(text)
        terms = tuple(dict.fromkeys(word for run in runs for word in words(run)))[:MOST_TERMS]
        if not terms:
            raise UsageError(f"no word to search for in {text!r}", "Say what it does, as in: score answers.")
        parts = [set(words(part)) for part in CLAUSE.split(text)]
        held = (tuple(place for place, term in enumerate(terms) if term in part) for part in parts)
        place_of = {term: place for place, term in enumerate(terms)}
        places = {run: tuple(place_of[word] for word in words(run) if word in place_of) for run in runs}
        spoken = tuple((run, some) for run, some in places.items() if some)
        sought = set(words(without_names(text)))
        names = frozenset(place for place, term in enumerate(terms) if term not in sought)
        return cls(
            text, terms, tuple(clause for clause in held if clause), spoken, names if actions(sought) else frozenset()
        )

    @property
    def is_foreign(self) -> bool:
        """Whether it seems to be in another language than English, by its small words or its script."""
        letters = [letter for letter in self.text if letter.isalpha()]
        strange = sum(not letter.isascii() for letter in letters)
        small = sum(word in FOREIGN for word in re.findall(r"[^\W\d_]+", self.text.lower()))
        return 2 * strange > len(letters) or 4 * small >= len(self.text.split()) + 1
