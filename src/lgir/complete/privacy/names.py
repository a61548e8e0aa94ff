"""Names of people in Latin, Greek and Cyrillic letters, where a label, a title or a phrase announces them."""

import re
from collections.abc import Iterator

from lgir.complete.privacy.name_reading import NOT_AFTER, PLACE_AFTER, TITLE, Words, end_of, looks, read, shortened
from lgir.complete.privacy.name_words import LETTER, MAYBE_UPPER, fold, is_capital, name_words
from lgir.complete.privacy.spans import Span
from lgir.complete.privacy.triggers import Keyed, Places

# What stands before a label: the beginning of a field, perhaps with a mark of a list or of Markdown.
_LABEL_START = re.compile(
    r"(?:\A|\n|[|;,\t]|  |[\])a-z\d] |[.!?] |\x00 ?)[ \t>*#_·\[-]*"
    r"(?:(?:full|first|last|given|family|middle|legal|birth|maiden|preferred|candidate'?s?|applicant'?s?|my"
    r"|father'?s|mother'?s|spouse'?s?|husband'?s|wife'?s|complete|your|emergency|"
    r"hiring|line|professional|personal|work|character) ?){0,2}\Z",
    re.I,
)
_SEPARATOR = rf"(?: ?\([A-Za-z ]{{2,30}}\))?[ \t*_\]]*(?:[:=|]+|\t)[ \t*_]*(?:\d[.)] ?)?{TITLE}?"
_NAME_LABEL = Keyed(
    "name|surname|nickname|nombre|apellidos|nom|prénom|prenom|vorname|vor-|nachname|cognome|имя|фамилия|фио",
    r"(?:(?:sur|nick)?names?(?: in full| of (?:candidate|applicant))?|nombre(?: completo)?|apellidos?"
    r"|nom(?: et pr[ée]nom)?|pr[ée]nom|vor(?:- und nach)?name|nachname|"
    rf"nome(?: completo)?|cognome|имя|фамилия|ФИО){_SEPARATOR}",
)
_ROLE_LABEL = Keyed(
    "candidate|applicant|contact|reference|referee|supervisor|manager|recruiter|next of|father|mother|spouse|husband"
    "|wife|signed|signature|prepared|written|author|by|att|hr|mentor|"
    "advis|report|guardian|from|to|cc",
    r"(?:candidate|applicant|contact(?: person| name)?|reference|referee|references(?: include)?|supervisor|manager"
    r"|recruiter|next of kin|father|mother|spouse|husband|wife|signed|signature|"
    rf"(?:prepared |written )?by|author|attn|attention|hr(?: manager)?|mentor|advis[oe]r|report(?:ing|s) to|guardian"
    rf"|from|to|cc){_SEPARATOR}",
)
_THING = re.compile(
    r"(?:company|project|file|product|user|school|course|domain|brand|event|institution|employer|business|store|team"
    r"|host|class|table|function|column|degree|"
    r"university|college|organi[sz]ation|display|branch|hotel|restaurant|client|account|server|screen|package|firm"
    r"|shop|position|job)'?s? ?\Z",
    re.I,
)
_BARE_LABEL = re.compile(r"^[ \t*#-]*(?:full |first |last |given |sur)?names?(?:[ \t]{1,20})(?=[^\s:])", re.I | re.M)
_SAID = Keyed(
    "my |name's|i am called|call me|they call|i go by|me llamo|mi nombre|je m'app|ich hei|mein name|mi chiamo|meu nome",
    r"(?<![A-Za-z])(?:my (?:full |first )?name(?:'s| is)|name's|i am called|call me|they call me|i go by|me llamo"
    r"|mi nombre es|je m'appelle|ich hei(?:ß|ss)e|mein name ist|mi chiamo|meu nome [ée])"
    rf"[ \t]+{TITLE}?",
)
_BEING = Keyed(
    "i am|i'm|this is|myself", rf"(?<![A-Za-z])(?:i am|i'm|this is|myself)[ \t,]+{TITLE}?(?-i:(?=[{MAYBE_UPPER}]))"
)
_CLAUSE_END = re.compile(r"[ \t]*(?:[,.;!\n\x00]|\Z|and |from |with |aged )")
_SUPERIOR = re.compile(
    r"(?:report|supervised by|managed by|mentored by|trained by|led by|hired by|referred by|recommended by)", re.I
)
_HONORIFIC = Keyed(
    "mr|mrs|ms|mx|dr|prof|sr|sra|srta|doctor|miss|rev|sir|herr|frau|mme|mlle|monsieur|madame|señor|smt|shri|mister"
    "|coach|pastor|officer|sgt|capt|lt|judge|chef|rabbi|imam|sister|auntie|uncle",
    r"(?<![A-Za-z.])(?:(?i:mr|mrs|dr|prof|miss)|Ms|Mx|Sr|Sra|Srta|Professor|PROFESSOR|Doctor|Reverend|Rev|Sir|Herr"
    r"|Frau|Mme|Mlle|Monsieur|Madame|Señora?|Smt|Shri|Mister|Coach|Pastor|"
    rf"Officer|Sgt|Capt|Lt|Judge|Chef|Rabbi|Imam|Sister|Auntie|Uncle)\b\.?[ \t]+(?:(?:and|&) (?i:mrs"
    rf"|dr)\.? )?(?=[{MAYBE_UPPER}])",
    cased=True,
)
_WEAK_TITLE = re.compile(
    r"doctor|miss|coach|pastor|officer|sir|judge|chef|sister|auntie|uncle|lt|imam|rabbi|sr\b|reverend|rev\b", re.I
)
_STREET_TITLE = re.compile(r"dr\b", re.I)
_WORD_BEFORE = re.compile(rf"([{LETTER}]{{2,20}}) \Z")
_MS_PRODUCT = re.compile(r"MS\b")
_DEAR = Keyed("dear|hi |hello|hey ", rf"(?<![A-Za-z])(?:dear|hi|hello|hey)[ \t]+{TITLE}?(?-i:(?=[{MAYBE_UPPER}]))")
_SIGNED = Keyed(
    "sincerely|regards|wishes|faithfully|truly|respectfully|yours|thank|cheers|best|warmly|cordially|gratefully|love"
    "|reading|consideration|saludos|grüßen|grüssen|gruessen",
    r"(?<![A-Za-z])(?:sincerely|regards|wishes|faithfully|truly|respectfully|yours|thank you|thanks|cheers|best"
    r"|warmly|cordially|gratefully|love|reading|consideration|saludos|cordialement|gr[üu](?:ß|ss)en)"
    rf"(?: (?:yours|again|so much|very much|in advance|submitted))?[ \t]*[,.!;-]*[ \t]*(?:\n[ \t\n]{{0,6}}"
    rf"|(?<=[,.!-]) )[-_~*\t ]{{0,4}}{TITLE}?(?-i:(?=[{MAYBE_UPPER}]))",
)
_PEOPLE_VERB = Keyed(
    "report|presented to|married to|supervised|mentored|trained|coached|managed by|led by|hired by|directed by"
    "|written by|recommended by|referred by|owned by|assist|nanny for|aide to|work|"
    "under |with |and |contact|ask |asking|call |email |e-mail |text |reach |speak|attn|attention|interview with"
    "|reference from|letter from|recommendation from|see |met |care|cared|caring|"
    "friend |colleague |husband |wife |brother |sister |son |daughter |mother |father ",
    r"(?<![A-Za-z])(?:(?:report(?:ed|ing|s)?|presented|married) to|supervised|mentored|trained|coached|managed by"
    r"|supervised by|mentored by|trained by|led by|hired by|directed by|written by|"
    r"recommended by|referred by|owned by|assist(?:ed|ing|ant to)|assistant to|nanny for|aide to|work(?:ed"
    r"|ing)? (?:closely )?(?:with|under|for)|under|with|and|contact|ask for|asking for|call|e-?mail|text|reach|"
    r"speak (?:to|with)|speaking (?:to|with)|attn:?|attention|interview with|reference from|letter from"
    r"|recommendation from|see|met|care for|cared for|caring for|friend|colleague|"
    r"husband|wife|brother|sister|son|daughter|mother|father)"
    rf"[ \t]+{TITLE}?(?-i:(?=[{MAYBE_UPPER}]))",
)
_ASKED_FOR = re.compile(r"ask|contact|call|text|reach|att|e-?mail", re.I)
_SIGNED_END = re.compile(r"[ \t*_]*(?:\n|\Z|\x00|[,|.](?=\s|\Z)|  )")


def names(text: str, places: Places) -> Iterator[Span]:
    """Names after labels, phrases and titles, in letters, and of people whom the text speaks of."""
    for find in (_labelled, _introduced, _honoured, _in_letters, _of_people):
        for start, end in find(text, places):
            yield Span(start, end, "name")


def _labelled(text: str, places: Places) -> Iterator[tuple[int, int]]:
    for match in _NAME_LABEL.finditer(text, places):
        named = _begins_field(text, match.start()) and not _THING.search(
            text, max(0, match.start() - 16), match.start()
        )
        if named and (span := _named(text, match.end())) is not None:
            yield span
    for match in _ROLE_LABEL.finditer(text, places):
        if not _begins_field(text, match.start()):
            continue
        span = looks(text, match.end(), least=1, need_known=False)
        if span is not None and span[1] - span[0] > 2:
            yield span
    low = text.lower()
    for match in _BARE_LABEL.finditer(text) if "name " in low or "name\t" in low or "names" in low else ():
        if (span := looks(text, match.end(), least=1, need_known=False)) is not None:
            yield span


def _begins_field(text: str, start: int) -> bool:
    return _LABEL_START.search(text, max(0, start - 48), start) is not None


def _named(text: str, start: int) -> tuple[int, int] | None:
    """What follows "Name:": words up to the end of the field, in any letter case; also "Smith, Ann"."""
    found = read(text, start, lower=True)
    if found is None:
        return None
    lists = name_words()
    if not found.capital or any(word in lists.words for word in found.words):
        # "name: john smith and i cook": the ordinary word ends the name
        keep = next(
            (
                n
                for n, word in enumerate(found.words)
                if word in lists.words and not lists.is_given(word) and not lists.is_surname(word)
            ),
            None,
        )
        if keep is not None:
            if keep == 0:
                return None
            found = Words(end_of(text, start, keep), found.words[:keep], found.capital)
    end = found.end
    if len(found.words) == 1 and text.startswith(", ", end):
        after = read(text, end + 2, most=3)
        if after is not None and lists.clean(after.words) and any(lists.is_known(word) for word in after.words):
            end = after.end
    return start, end


def _introduced(text: str, places: Places) -> Iterator[tuple[int, int]]:
    for match in _SAID.finditer(text, places):
        if (span := _named(text, match.end())) is not None:
            yield span
    lists = name_words()
    for match in _BEING.finditer(text, places):
        found = read(text, match.end())
        if found is None:
            continue
        found = shortened(text, match.end(), found)
        words = found.words
        one = len(words) == 1 and lists.is_given(words[0])
        known = any(lists.is_known(word) for word in words) or _CLAUSE_END.match(text, found.end)
        if lists.full_name(words) or (lists.clean(words) and (one or (len(words) > 1 and known))):
            yield match.end(), found.end


def _honoured(text: str, places: Places) -> Iterator[tuple[int, int]]:
    lists = name_words()
    for match in _HONORIFIC.finditer(text, places):
        if _MS_PRODUCT.match(match.group()) or not is_capital(match.group()):
            continue
        found = read(text, match.end(), most=4)
        if found is None:
            continue
        found = shortened(text, match.end(), found)
        if len(found.words[0]) == 1 and len(found.words) == 1:
            continue
        if _STREET_TITLE.match(match.group()) and _end_of_street(text, match.start()):
            continue
        weak = bool(_WEAK_TITLE.match(match.group()))
        known = any(lists.is_known(word) for word in found.words)
        if (
            (NOT_AFTER.match(text, found.end) and not text.startswith("'s", found.end))
            or (weak and not known)
            or f"{fold(match.group().strip())} {found.words[0]}" in lists.organisations
            or (found.words[0] in lists.words and not (lists.is_surname(found.words[-1]) and not weak))
        ):
            continue
        yield match.end(), found.end


def _end_of_street(text: str, start: int) -> bool:
    """Whether "Dr" closes the name of a street: "Davis Dr. Cary"."""
    before = _WORD_BEFORE.search(text, max(0, start - 22), start)
    return before is not None and is_capital(before.group(1)) and fold(before.group(1)) not in name_words().words


def _in_letters(text: str, places: Places) -> Iterator[tuple[int, int]]:
    lists = name_words()
    for match in _DEAR.finditer(text, places):
        span = looks(text, match.end(), least=1, need_known=True)
        if span is not None and text[span[1] : span[1] + 1] in (",", ":", "!", "\n", "-", ""):
            yield span
    for match in _SIGNED.finditer(text, places):
        found = read(text, match.end())
        if found is None or not _SIGNED_END.match(text, found.end):
            continue
        if lists.full_name(found.words) or (
            lists.clean(found.words)
            and (len(found.words) > 1 or lists.is_given(found.words[0]) or "\n" in match.group())
        ):
            yield match.end(), found.end


def _of_people(text: str, places: Places) -> Iterator[tuple[int, int]]:
    for match in _PEOPLE_VERB.finditer(text, places):
        at_least = 1 if _ASKED_FOR.match(match.group()) else 2
        span = looks(text, match.end(), least=at_least, need_known=not _SUPERIOR.match(match.group()))
        if span is None:
            continue
        words = [fold(word) for word in text[span[0] : span[1]].split(" ")]
        lists = name_words()
        # of a single word, only a given name; of two, one must be a given name: "with Wells Fargo" is no person
        given = any(lists.is_given(word) and word not in lists.words for word in words)
        if (given or _SUPERIOR.match(match.group())) and not PLACE_AFTER.match(text, span[1]):
            yield span
