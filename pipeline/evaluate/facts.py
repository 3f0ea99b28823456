"""The facts that questions are made from: closed sets and relations whose members are known and not in dispute.

Data only. `|` separates spellings that mean the same; the first is the one used in questions. A set is complete, so
that an answer outside it is wrong; anything whose membership is argued about (oceans, continents by count) stays out.
"""

from __future__ import annotations


def _named(packed: str) -> list[str]:
    return [name.strip() for name in packed.split(",")]


PLANETS = _named("Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus, Neptune")
DAYS = _named("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
MONTHS = _named("January, February, March, April, May, June, July, August, September, October, November, December")
GREEK = _named(
    "alpha, beta, gamma, delta, epsilon, zeta, eta, theta, iota, kappa, lambda, mu,"
    "nu, xi, omicron, pi, rho, sigma, tau, upsilon, phi, chi, psi, omega"
)
RAINBOW = _named("red, orange, yellow, green, blue, indigo, violet|purple")
ZODIAC = _named("Aries, Taurus, Gemini, Cancer, Leo, Virgo, Libra, Scorpio, Sagittarius, Capricorn, Aquarius, Pisces")
PRESIDENTS = [
    "George Washington|Washington",
    "John Adams|Adams",
    "Thomas Jefferson|Jefferson",
    "James Madison|Madison",
    "James Monroe|Monroe",
    "John Quincy Adams|John Q. Adams|Quincy Adams",
    "Andrew Jackson|Jackson",
    "Martin Van Buren|Van Buren",
]
STATES = _named(
    "Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Georgia, Hawaii, Idaho,"
    "Illinois, Indiana, Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts, Michigan, Minnesota,"
    "Mississippi, Missouri, Montana, Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, New York, North Carolina,"
    "North Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina, South Dakota, Tennessee, Texas,"
    "Utah, Vermont, Virginia, Washington, West Virginia, Wisconsin, Wyoming"
)
SOUTH_AMERICA = _named(
    "Argentina, Bolivia, Brazil, Chile, Colombia, Ecuador, Guyana, Paraguay, Peru, Suriname, Uruguay, Venezuela"
)
EUROPEAN_UNION = _named(
    "Austria, Belgium, Bulgaria, Croatia, Cyprus, Czech Republic|Czechia, Denmark, Estonia, Finland, France, Germany,"
    "Greece, Hungary, Ireland, Italy, Latvia, Lithuania, Luxembourg, Malta, Netherlands, Poland, Portugal, Romania,"
    "Slovakia, Slovenia, Spain, Sweden"
)

CLOSED_SETS: dict[str, list[str]] = {
    "planets of the solar system": PLANETS,
    "days of the week": DAYS,
    "months of the year": MONTHS,
    "letters of the Greek alphabet, by name": GREEK,
    "colours of the rainbow": RAINBOW,
    "signs of the zodiac": ZODIAC,
    "states of the United States": STATES,
    "countries in South America": SOUTH_AMERICA,
    "countries that are members of the European Union": EUROPEAN_UNION,
    "chess pieces": ["king", "queen", "rook|castle", "bishop", "knight", "pawn"],
    "Great Lakes of North America": [
        f"{name}|Lake {name}" for name in _named("Superior, Michigan, Huron, Erie, Ontario")
    ],
    "suits in a deck of playing cards": ["hearts|heart", "diamonds|diamond", "clubs|club", "spades|spade"],
    "seasons of the year": ["spring", "summer", "autumn|fall", "winter"],
    "prime numbers below 40": _named("2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37"),
    "even numbers between 1 and 25": [str(n) for n in range(2, 25, 2)],
    "multiples of 7 below 100": [str(n) for n in range(7, 100, 7)],
    "square numbers below 150": [str(n * n) for n in range(1, 13)],
    "stable noble gases": _named("helium, neon, argon, krypton, xenon"),
}

ORDERED: dict[str, list[str]] = {
    "planets from the Sun outwards": PLANETS,
    "days of the week, starting with Monday": DAYS,
    "months of the year, starting with January": MONTHS,
    "letters of the English alphabet": list("ABCDEFGHIJ"),
    "letters of the Greek alphabet, by name": GREEK,
    "colours of the rainbow, starting with red": RAINBOW,
    "presidents of the United States": PRESIDENTS,
    "prime numbers": _named("2, 3, 5, 7, 11, 13, 17, 19, 23, 29"),
    "even numbers, starting with 2": [str(n) for n in range(2, 21, 2)],
    "square numbers, starting with 1": [str(n * n) for n in range(1, 11)],
    "multiples of 6, starting with 6": [str(6 * n) for n in range(1, 11)],
    "powers of 2, starting with 2": [str(2**n) for n in range(1, 11)],
    "elements of the periodic table, by name": _named(
        "hydrogen, helium, lithium, beryllium, boron, carbon, nitrogen, oxygen, fluorine, neon"
    ),
}

CAPITALS = {
    "France": "Paris",
    "Germany": "Berlin",
    "Italy": "Rome",
    "Spain": "Madrid",
    "Portugal": "Lisbon",
    "Japan": "Tokyo",
    "China": "Beijing|Peking",
    "Russia": "Moscow",
    "Egypt": "Cairo",
    "Greece": "Athens",
    "Poland": "Warsaw",
    "Austria": "Vienna",
    "Hungary": "Budapest",
    "Sweden": "Stockholm",
    "Norway": "Oslo",
    "Denmark": "Copenhagen",
    "Finland": "Helsinki",
    "Ireland": "Dublin",
    "Canada": "Ottawa",
    "Australia": "Canberra",
    "Argentina": "Buenos Aires",
    "Peru": "Lima",
    "Chile": "Santiago",
    "Cuba": "Havana",
    "Kenya": "Nairobi",
    "Thailand": "Bangkok",
    "Vietnam": "Hanoi",
    "South Korea": "Seoul",
    "Turkey": "Ankara",
    "Iran": "Tehran|Teheran",
    "Iraq": "Baghdad",
    "India": "New Delhi|Delhi",
    "Belgium": "Brussels",
    "Bulgaria": "Sofia",
    "Romania": "Bucharest",
    "Ukraine": "Kyiv|Kiev",
    "Nepal": "Kathmandu",
    "Iceland": "Reykjavik|Reykjavík",
}

CONTINENTS = {
    "Brazil": "South America",
    "Peru": "South America",
    "Chile": "South America",
    "Kenya": "Africa",
    "Nigeria": "Africa",
    "Ghana": "Africa",
    "Japan": "Asia",
    "Vietnam": "Asia",
    "Nepal": "Asia",
    "Sweden": "Europe",
    "Poland": "Europe",
    "Portugal": "Europe",
    "Canada": "North America",
    "Mexico": "North America",
}

SYMBOLS = {
    "Au": "gold",
    "Ag": "silver",
    "Fe": "iron",
    "Cu": "copper",
    "Pb": "lead",
    "Sn": "tin",
    "Na": "sodium",
    "K": "potassium",
    "H": "hydrogen",
    "He": "helium",
    "C": "carbon",
    "N": "nitrogen",
    "O": "oxygen",
    "Ne": "neon",
    "Ca": "calcium",
    "Hg": "mercury",
    "W": "tungsten|wolfram",
    "Zn": "zinc",
    "Al": "aluminium|aluminum",
    "Si": "silicon",
    "Cl": "chlorine",
    "U": "uranium",
    "Ti": "titanium",
    "Ni": "nickel",
    "P": "phosphorus",
    "S": "sulfur|sulphur",
    "Mg": "magnesium",
    "I": "iodine",
    "Pt": "platinum",
    "Ar": "argon",
}

AUTHORS = {
    "Hamlet": "William Shakespeare|Shakespeare",
    "Pride and Prejudice": "Jane Austen|Austen",
    "Nineteen Eighty-Four": "George Orwell|Orwell|Eric Arthur Blair",
    "Moby-Dick": "Herman Melville|Melville",
    "War and Peace": "Leo Tolstoy|Tolstoy",
    "Crime and Punishment": "Fyodor Dostoevsky|Dostoevsky|Dostoyevsky|Dostoevskii",
    "Don Quixote": "Miguel de Cervantes|Cervantes",
    "The Divine Comedy": "Dante Alighieri|Dante",
    "The Great Gatsby": "F. Scott Fitzgerald|Fitzgerald",
    "the Odyssey": "Homer",
    "Oliver Twist": "Charles Dickens|Dickens",
    "Frankenstein": "Mary Shelley|Shelley",
    "Dracula": "Bram Stoker|Stoker",
    "The Hobbit": "J. R. R. Tolkien|J.R.R. Tolkien|Tolkien",
    "Brave New World": "Aldous Huxley|Huxley",
    "Les Misérables": "Victor Hugo|Hugo",
    "The Metamorphosis": "Franz Kafka|Kafka",
    "To Kill a Mockingbird": "Harper Lee",
    "The Old Man and the Sea": "Ernest Hemingway|Hemingway",
    "Ulysses": "James Joyce|Joyce",
    "The Picture of Dorian Gray": "Oscar Wilde|Wilde",
    "Faust": "Johann Wolfgang von Goethe|Goethe",
    "The Catcher in the Rye": "J. D. Salinger|J.D. Salinger|Salinger",
    "Alice's Adventures in Wonderland": "Lewis Carroll|Carroll|Charles Lutwidge Dodgson|Dodgson",
    "Treasure Island": "Robert Louis Stevenson|Stevenson",
    "The Grapes of Wrath": "John Steinbeck|Steinbeck",
}

NUMBERS = {
    "How many legs does a spider have?": 8,
    "How many legs does an insect have?": 6,
    "How many days are there in a week?": 7,
    "How many hours are there in a day?": 24,
    "How many minutes are there in an hour?": 60,
    "How many months are there in a year?": 12,
    "How many days are there in a leap year?": 366,
    "How many sides does a hexagon have?": 6,
    "How many sides does an octagon have?": 8,
    "How many letters are there in the English alphabet?": 26,
    "How many strings does a violin have?": 4,
    "How many keys does a standard piano have?": 88,
    "How many cards are there in a standard deck without jokers?": 52,
    "How many degrees are there in a right angle?": 90,
    "How many degrees are there in a full circle?": 360,
    "How many grams are there in a kilogram?": 1000,
    "How many centimetres are there in a metre?": 100,
    "How many squares are there on a chessboard, counting only the smallest ones?": 64,
    "How many bones does an adult human normally have?": 206,
    "How many chambers does the human heart have?": 4,
    "How many states does the United States have?": 50,
    "How many faces does a cube have?": 6,
    "How many players does a football (soccer) team have on the field?": 11,
    "At how many degrees Celsius does water boil at sea level?": 100,
    "At how many degrees Fahrenheit does water freeze at sea level?": 32,
    "In which year did the Second World War end?": 1945,
    "In which year did the First World War begin?": 1914,
    "In which year did a human first walk on the Moon?": 1969,
    "In which year did the Berlin Wall fall?": 1989,
    "In which year did the French Revolution begin?": 1789,
    "In which year was the United States Declaration of Independence adopted?": 1776,
    "In which year did the Titanic sink?": 1912,
    "In which year was the Battle of Hastings fought?": 1066,
}

SUPERLATIVES = {
    "Which planet is the largest in the solar system?": ("Jupiter", PLANETS),
    "Which planet is closest to the Sun?": ("Mercury", PLANETS),
    "Which planet is known as the Red Planet?": ("Mars", PLANETS),
    "Which planet of the solar system is farthest from the Sun?": ("Neptune", PLANETS),
    "Which ocean is the largest?": ("Pacific", ["Atlantic", "Indian", "Arctic", "Southern"]),
    "Which mountain is the highest above sea level?": ("Everest", ["K2", "Kilimanjaro", "Mont Blanc", "Denali"]),
    "Which animal is the largest ever known to have lived?": (
        "blue whale",
        ["elephant", "shark", "sperm whale", "squid"],
    ),
    "Which land animal runs fastest?": ("cheetah", ["lion", "horse", "leopard", "ostrich", "antelope"]),
    "Which living animal is the tallest?": ("giraffe", ["elephant", "ostrich", "camel", "moose"]),
    "Which natural mineral is the hardest?": ("diamond", ["quartz", "corundum", "topaz", "granite", "ruby"]),
}
