"""Every text that a model is given: the one format of instructions, few-shot prompts in completion style, the critic's.

Nothing here is a chat template: demonstrations show what is wanted, and an explicit end marker in plain text shows
where a piece ends. `cue` is the single definition of how an instruction is put to a model, in training data, evaluation
and generation alike, so that what is trained is what is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

END = "###END###"
INSTRUCTION, RESPONSE = "Instruction:", "Response:"
NEXT = f"\n{INSTRUCTION}"  # a new prompt, where a response should have ended
TASK = "Task:"
ANSWER, YES, NO = "Answer:", "yes", "no"


@dataclass(frozen=True)
class Shot:
    """A demonstration: an instruction and a good response."""

    instruction: str
    response: str


def cue(instruction: str) -> str:
    """The instruction as a model is given it; what follows begins with a space."""
    return f"{INSTRUCTION} {instruction}\n{RESPONSE}"


def uncued(prompt: str) -> str:
    """The instruction in a prompt, with or without its cue."""
    return prompt.removesuffix(RESPONSE).strip().removeprefix(INSTRUCTION).strip()


def for_instruction(shots: Iterable[Shot]) -> str:
    """Asks for one more task after these; it ends at END."""
    listed = "".join(f"{TASK} {shot.instruction}\n{END}\n\n" for shot in shots)
    return f"Here are short tasks, each different from all others, and each complete in itself.\n\n{listed}{TASK}"


def for_response(shots: Iterable[Shot], instruction: str) -> str:
    """Asks for the response to an instruction; it ends at END."""
    shown = "".join(f"{cue(shot.instruction)} {shot.response}\n{END}\n\n" for shot in shots)
    return f"{shown}{cue(instruction)}"


def for_preference(instruction: str, first: str, second: str) -> str:
    """Asks which of two responses is the better one; the next token is " A" or " B"."""
    shown = "".join(f"{_preference(*pair)} {better}\n\n" for *pair, better in PREFERRED)
    asked = _preference(instruction, first, second)
    return f"Which response does what the instruction asks, A or B?\n\n{shown}{asked}"


def _preference(instruction: str, first: str, second: str) -> str:
    return f"{INSTRUCTION} {instruction}\n{_options(first, second)}"


def for_approval(instruction: str, response: str, first: str, second: str) -> str:
    """Asks whether a response is right, with YES and NO as the options; the next token is " A" or " B"."""
    shown = "".join(f"{_approval(*judged)} {answer}\n\n" for *judged, answer in APPROVED)
    asked = _approval(instruction, response, first, second)
    return f"Does the response do what the instruction asks?\n\n{shown}{asked}"


def _approval(instruction: str, response: str, first: str, second: str) -> str:
    return f"{cue(instruction)} {response}\n{_options(first, second)}"


def _options(first: str, second: str) -> str:
    return f"A: {first}\nB: {second}\n{ANSWER}"


# Demonstrations for the critic: as often A as B, and the better one now longer, now shorter.
PREFERRED: Sequence[tuple[str, str, str, str]] = (
    ("Name the largest animal on land.", "The African elephant.", "I like animals very much and so does my aunt.", "A"),
    ("Give two uses of a spoon.", "A spoon is a spoon.", "Stirring tea and eating soup.", "B"),
    ("Write one sentence about rain.", "1. Rain\n2. Snow\n3. Wind", "The rain fell softly on the roof all night.", "B"),
    ("What is the plural of child?", "Children.", "The plural of child is childs, and it is a word that", "A"),
)
APPROVED: Sequence[tuple[str, str, str, str, str]] = (
    ("Name the largest animal on land.", "The African elephant.", YES, NO, "A"),
    ("Give two uses of a spoon.", "A spoon is a spoon.", NO, YES, "A"),
    ("Write one sentence about rain.", "The rain fell softly on the roof all night.", NO, YES, "B"),
    ("What is the plural of child?", "The plural of child is childs, and it is a word that", YES, NO, "B"),
)

SHOTS: Sequence[Shot] = (
    Shot("Suggest a name for a bakery that sells only rye bread.", "The Rye House."),
    Shot("Explain in one sentence why bread rises.", "Yeast eats sugar in the dough and gives off gas."),
    Shot("Rewrite this politely: Close the window!", "Could you please close the window?"),
    Shot("Sort these numbers from small to large: 14, 3, 9.", "3, 9, 14"),
    Shot("Give an example of a sentence in the future tense.", "She will visit her grandmother next week."),
    Shot("What should I check before a long bicycle tour?", "Check the brakes, the tyres, the chain and the lights."),
    Shot("Turn this into a question: They sell fresh fish.", "Do they sell fresh fish?"),
    Shot("Describe the smell of a forest after rain.", "It smells of wet earth, moss and resin."),
    Shot("Which of these does not belong: hammer, saw, banana, drill?", "Banana, because it is not a tool."),
    Shot("Write a polite reply that turns down an invitation to dinner.",
         "Thank you for the kind invitation. Sadly I cannot come that evening."),
    Shot("Name two things that float on water.", "A cork and a rubber duck."),
    Shot("Say what a thermometer measures.", "A thermometer measures temperature."),
    Shot("Shorten this: The meeting has been moved to a later date because several people are ill.",
         "The meeting is postponed because several people are ill."),
    Shot("Give a reason for and a reason against keeping a dog in a small flat.",
         "For: a dog is good company. Against: it has little room to run."),
    Shot("Put the words in order: quickly / ran / the / fox.", "The fox ran quickly."),
    Shot("What is a lighthouse for?", "Its light warns ships of rocks and shows them the way to the harbour."),
    Shot("Write a title for a story about a lost umbrella.", "The Umbrella That Went Alone"),
    Shot("Find the mistake: He go to work by train.", "It should be: He goes to work by train."),
    Shot("How can I keep my scarf from shrinking?", "Wash it by hand in cold water and dry it flat."),
    Shot("Make a rhyme with the word tree.", "A little bee sat in the tree."),
    Shot("Explain to a child what a map is.", "A map is a picture of a place seen from above, made small."),
    Shot("If a shelf holds 8 jars and 5 are taken away, how many are left?", "3 jars are left."),
    Shot("Give three words that describe a calm lake.", "Still, clear, quiet."),
    Shot("Change this to the past: I drink coffee in the garden.", "I drank coffee in the garden."),
)  # fmt: skip
