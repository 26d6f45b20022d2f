"""Words of Kazakh that the rules would inflect wrongly."""

from __future__ import annotations

from collections.abc import Mapping


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


#: The stem before an ending in a vowel, where it is not the word with its last consonant voiced.
SHORTENED: Mapping[str, str] = {
    "ауыз": "ауз",
    "ауыл": "аул",
    "әріп": "әрп",
    "бөрік": "бөрк",
    "ғұрып": "ғұрп",
    "дауыс": "даус",
    "ерік": "ерк",
    "ерін": "ерн",
    "иін": "ин",
    "кейіп": "кейп",
    "көрік": "көрк",
    "қарын": "қарн",
    "қауіп": "қауп",
    "қойын": "қойн",
    "құлық": "құлқ",
    "мойын": "мойн",
    "мұрын": "мұрн",
    "мүлік": "мүлк",
    "нарық": "нарқ",
    "орын": "орн",
    "парық": "парқ",
    "пейіл": "пейл",
    "халық": "халқ",
    "ырық": "ырқ",
    "автомобиль": "автомобил",
    "апрель": "апрел",
    "израиль": "израил",
    "июль": "июл",
    "июнь": "июн",
    "кремль": "кремл",
    "роль": "рол",
    "рубль": "рубл",
    "фестиваль": "фестивал",
    "фильм": "фильм",
}

#: Verbs whose stem ends in ы or і, which the dictionary form (оқу) does not show.
HIDDEN_VOWEL = _words(
    "аршы байы бүлі ері есті жасы жібі жылы кебі кемі қажы қарғы қалқы мүжі оқы сасы таны тасы тоқы тоны шалқы шірі",
    "шошы",
)

#: Stems before a consonant to the verb, where the stem before a vowel is shorter.
LENGTHENED: Mapping[str, str] = {"қорық": "қорқу"}

#: Words in -у that are no verbs.
NOT_VERBS = _words(
    "ау бау гу дау дәу еу жау кеу қару қау қу мәскеу оу сау су тау ту бірсыпырау біреу екеу үшеу төртеу бесеу",
    "алтау жетеу",
)
#: Verbs whose stem is a vowel stem of two letters; any other such word in -ау, -еу is a noun.
SHORT_VERBS = frozenset(("деу", "жеу"))

#: Forms of pronouns to the pronoun.
PRONOUNS: Mapping[str, str] = {
    **dict.fromkeys(("оның", "оған", "оны", "онда", "одан", "онымен", "ондағы"), "ол"),
    **dict.fromkeys(("бұның", "бұған", "бұны", "бұнда", "бұдан", "бұнымен"), "бұл"),
    **dict.fromkeys(("мұның", "мұны", "мұнда", "мұнымен", "мұндағы"), "бұл"),
    **dict.fromkeys(("соның", "соған", "соны", "сонда", "содан", "сонымен"), "сол"),
    **dict.fromkeys(("менің", "маған", "мені", "менен"), "мен"),
    **dict.fromkeys(("сенің", "саған", "сені", "сенен"), "сен"),
}

#: Words of every page that look like forms of others and hardly ever are: басқа (other) is not "to the head".
SETTLED = _words(
    "алғаш ары аса ақша басқа басым басты бері бірге бірде бойынша бүгінде бүкіл гөрі дейін енді ерте жақын жаңа",
    "жоғары жылдам керек кейін қайта қазір қана қарай қарсы қатты мүмкін неге өзге өте сайын сондай соң тағы тек тиіс",
    "туралы тура үшін шейін шын",
)
