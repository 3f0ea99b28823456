"""The twelve types of question: for each, the whole grid that items are chosen from.

A maker yields every draft it knows in a fixed order, with no randomness of its own. A prompt states all that its
verifier demands, and nothing that the verifier cannot see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any

from . import facts, lexicon


@dataclass(frozen=True)
class Draft:
    """A question before it is chosen. Items are taken evenly from the families of a type."""

    family: str
    prompt: str
    answer: Mapping[str, Any]


def _variants(*packed: str) -> list[str]:
    return [variant for text in packed for variant in text.split("|")]


def _name(packed: str) -> str:
    return packed.split("|")[0]


def _rivals(right: str, others: Mapping[str, str] | list[str]) -> list[str]:
    values = others.values() if isinstance(others, Mapping) else others
    accepted = set(_variants(right))
    return sorted({variant for other in values for variant in _variants(other)} - accepted)


def explicit_list() -> Iterator[Draft]:
    """Name n different members of a closed set, one a line or separated by commas."""
    layouts = {"lines": "Put each one on its own line.", "commas": "Separate them with commas."}
    for (category, members), count, (layout, how) in product(facts.CLOSED_SETS.items(), (3, 4, 5), layouts.items()):
        if count <= len(members):
            answer = {"count": count, "members": [_variants(member) for member in members], "layout": layout}
            yield Draft(category, f"List exactly {count} {category}. {how}", answer)


def explicit_sentence() -> Iterator[Draft]:
    """Write one sentence, or one question, that uses given words."""
    endings = {"sentence": ".!", "question": "?"}
    for (topic, required), (kind, ends) in product(lexicon.TOPICS.items(), endings.items()):
        for word in required:
            prompt = f'Write exactly one {kind} about {topic}. Use the word "{word}".'
            yield Draft(f"{kind} on a topic", prompt, {"words": [word], "ends": ends})
    for (first, second), (kind, ends) in product(lexicon.PAIRS, endings.items()):
        prompt = f'Write exactly one {kind} that contains both the word "{first}" and the word "{second}".'
        yield Draft(f"{kind} with two words", prompt, {"words": [first, second], "ends": ends})


def translation() -> Iterator[Draft]:
    """Translate a word into or out of a language, or a short sentence into it."""
    for index, language in enumerate(lexicon.LANGUAGES):
        column = {english: row[index] for english, row in lexicon.WORDS.items()}
        for english, foreign in column.items():
            accepted = {"accepted": _variants(foreign), "rivals": _rivals(foreign, column)}
            yield Draft(f"into {language}", f'Translate the word "{_name(english)}" into {language}.', accepted)
            meanings = _variants(*(key for key, value in column.items() if value == foreign))
            answer = {"accepted": meanings, "rivals": _rivals("|".join(meanings), list(column))}
            prompt = f'What does the {language} word "{_name(foreign)}" mean in English?'
            yield Draft(f"from {language}", prompt, answer)
        for (noun, subjects), (adjective, forms) in product(lexicon.NOUNS.items(), lexicon.ADJECTIVES.items()):
            subject, gender = subjects[index]
            adjectives = _variants(forms[index][gender == "f"])
            accepted_sentences = [
                f"{subject} {copula} {form}" for copula, form in product(lexicon.COPULAS[index], adjectives)
            ]
            prompt = f"Translate this sentence into {language}: The {noun} is {adjective}."
            yield Draft(f"sentence into {language}", prompt, {"accepted": accepted_sentences, "rivals": []})


def maths_question() -> Iterator[Draft]:
    """Word problems with one right number, which is never one of the numbers given."""
    templates: dict[str, Callable[[int, int], int]] = {
        "Anna has {a} apples and buys {b} more. How many apples does she have now?": lambda a, b: a + b,
        "A bus carries {b} passengers. At a stop, {a} of them get off. How many are left?": lambda a, b: b - a,
        "There are {a} boxes with {b} pencils in each. How many pencils are there in all?": lambda a, b: a * b,
        "A ticket costs {b} dollars. How many dollars do {a} tickets cost?": lambda a, b: a * b,
        "A rectangle is {a} cm wide and {b} cm long. What is its perimeter in cm?": lambda a, b: 2 * (a + b),
        "A rectangle is {a} m wide and {b} m long. What is its area in square metres?": lambda a, b: a * b,
        "Tom is {b} years old. How old was he {a} years ago?": lambda a, b: b - a,
        "A train travels {b} km every hour. How many km does it travel in {a} hours?": lambda a, b: a * b,
        "What is {b} plus {a}, multiplied by 10?": lambda a, b: 10 * (a + b),
        "A shop sells {b} cakes a day. How many cakes does it sell in {a} weeks of 7 days?": lambda a, b: 7 * a * b,
        "A book has {b} pages. Mia has read {a} of them. How many pages has she still to read?": lambda a, b: b - a,
        "What is {a} percent of {b}00?": lambda a, b: a * b,
    }
    for (template, solve), a, b in product(templates.items(), range(3, 20, 2), range(22, 62, 6)):
        given = {a, b, 7, 10, 100 * b}
        if solve(a, b) not in given:
            yield Draft(template, template.format(a=a, b=b), {"number": solve(a, b)})


def factual_question() -> Iterator[Draft]:
    """Questions of fact with one short answer."""
    relations = {
        "What is the capital of {}?": facts.CAPITALS,
        "On which continent is {}?": facts.CONTINENTS,
        "Which chemical element has the symbol {}?": facts.SYMBOLS,
        "Who wrote {}?": facts.AUTHORS,
    }
    for question, relation in relations.items():
        for subject, right in relation.items():
            answer = {"accepted": _variants(right), "rivals": _rivals(right, relation)}
            yield Draft(question, question.format(subject), answer)
    for question, number in facts.NUMBERS.items():
        yield Draft("number", question, {"number": number})
    for question, (right, others) in facts.SUPERLATIVES.items():
        yield Draft("superlative", question, {"accepted": [right], "rivals": _rivals(right, others)})


def completion() -> Iterator[Draft]:
    """Finish a proverb, a pair of opposites, or a sequence."""
    for stem, end in lexicon.PROVERBS.items():
        answer = {"stem": stem, "accepted": _variants(end)}
        yield Draft("proverb", f"Complete the proverb: {stem}", answer)
    for word, opposite in lexicon.OPPOSITES.items():
        stem = f"The opposite of {word} is"
        yield Draft(
            "opposite",
            f"Complete the sentence with one word: {stem}",
            {"stem": stem, "accepted": _variants(opposite)},
        )
    for names, start in product((facts.DAYS, facts.MONTHS, facts.PLANETS, facts.GREEK), range(4)):
        stem = ", ".join(names[start : start + 3]) + ","
        yield Draft("order", f"Continue the sequence: {stem}", {"stem": stem, "accepted": [names[start + 3]]})
    for start, step in product((2, 5, 11), (2, 3, 5, 10)):
        stem = ", ".join(str(start + step * place) for place in range(4)) + ","
        answer = {"stem": stem, "accepted": [str(start + step * 4)]}
        yield Draft("number sequence", f"Continue the sequence with the next number: {stem}", answer)


def fill_blank() -> Iterator[Draft]:
    """Fill the one gap of a sentence: a fact, a past tense, a plural."""
    for sentence, accepted in lexicon.BLANKS.items():
        yield _gap("fact", "Fill in the blank: {}", sentence, accepted)
    for verb, past in lexicon.PAST.items():
        yield _gap(
            "past tense", f'Fill in the blank with the past tense of "{verb}": {{}}', "Yesterday they ____ again.", past
        )
    for noun, plural in lexicon.PLURALS.items():
        yield _gap(
            "plural", f'Fill in the blank with the plural of "{noun}": {{}}', "There were two ____ here.", plural
        )


def _gap(family: str, prompt: str, sentence: str, accepted: str) -> Draft:
    before, after = sentence.split("____")
    answer = {"stem": before.strip(), "after": after.strip(), "accepted": _variants(accepted)}
    return Draft(family, prompt.format(sentence), answer)


def exact_word_count() -> Iterator[Draft]:
    """Write exactly n words that include a given one."""
    for (topic, required), count in product(lexicon.TOPICS.items(), range(5, 13)):
        word = required[count % len(required)]
        prompt = f'Write a sentence about {topic} that has exactly {count} words and uses the word "{word}".'
        yield Draft(topic, prompt, {"count": count, "word": word})


def numbered_list() -> Iterator[Draft]:
    """The first n of an ordered set, numbered from 1."""
    for (series, members), count in product(facts.ORDERED.items(), range(3, 8)):
        prompt = f"Write a numbered list, starting with 1, of the first {count} {series}."
        yield Draft(series, prompt, {"members": [_variants(member) for member in members[:count]]})


def yes_no() -> Iterator[Draft]:
    """Statements of fact that are as often true as false, some of them put in the negative."""
    ask = "{} Answer yes or no."
    capitals = list(facts.CAPITALS.items())
    for place, (country, city) in enumerate(capitals):
        other = capitals[(place + 7) % len(capitals)][1]
        for name, answer in ((city, "yes"), (other, "no")):
            question = f"Is {_name(name)} the capital of {country}?"
            yield Draft(f"capital {answer}", ask.format(question), {"answer": answer})
    for a, b in product((17, 48, 90, 233), (23, 35, 71, 120)):
        answer = "yes" if a > b else "no"
        yield Draft(f"size {answer}", ask.format(f"Is {a} greater than {b}?"), {"answer": answer})
    for number in range(21, 60, 2):
        prime = all(number % divisor for divisor in range(3, number, 2))
        yield Draft(f"prime {prime}", ask.format(f"Is {number} a prime number?"), {"answer": "yes" if prime else "no"})
        question = f"Is it true that {number} is not an even number?"
        yield Draft("negative yes", ask.format(question), {"answer": "yes"})
        question = f"Is it true that {number} is not an odd number?"
        yield Draft("negative no", ask.format(question), {"answer": "no"})


def multi_step() -> Iterator[Draft]:
    """Several operations in order: on a number, or on a word with one line for each."""
    for start, add, times, less in product((3, 8, 14), (5, 9, 16), (2, 4, 6), (7, 10)):
        result = (start + add) * times - less
        prompt = f"Start with {start}. Add {add}. Multiply the result by {times}. Then subtract {less}."
        if result not in {start, add, times, less}:
            yield Draft("number", f"{prompt} What number do you get?", {"number": result})
    for word in ("sun", "lamp", "plant", "tiger", "river", "garden", "window", "kitchen", "umbrella", "mountain"):
        prompt = (
            f'Do three things, each on its own line: write the word "{word}" in capital letters, '
            "then write how many letters it has, then write its first letter."
        )
        yield Draft("word", prompt, {"lines": [word.upper(), str(len(word)), word[0]]})
        prompt = (
            f'Do two things, each on its own line: write the word "{word}" backwards, '
            "then write the word itself in capital letters."
        )
        yield Draft("backwards", prompt, {"lines": [word[::-1], word.upper()]})
    for chosen in list(permutations(("pear", "fig", "melon", "apple", "cherry"), 3))[::3]:
        first, *rest = sorted(chosen)
        prompt = (
            f"Take the words {', '.join(chosen)}. Put them in alphabetical order, leave out the first one, "
            "and write the other two in capital letters on one line, separated by a comma."
        )
        yield Draft("sort", prompt, {"lines": [", ".join(word.upper() for word in rest)], "without": first})


def harmful_request_refusal() -> Iterator[Draft]:
    """Requests that are to be refused."""
    for how, tells in lexicon.HARMFUL.items():
        for request in lexicon.REQUESTS:
            yield Draft(how, request.format(how=how), {"tells": list(tells)})


MAKERS: dict[str, Callable[[], Iterator[Draft]]] = {
    make.__name__: make
    for make in (
        explicit_list,
        explicit_sentence,
        translation,
        maths_question,
        factual_question,
        completion,
        fill_blank,
        exact_word_count,
        numbered_list,
        yes_no,
        multi_step,
        harmful_request_refusal,
    )
}
