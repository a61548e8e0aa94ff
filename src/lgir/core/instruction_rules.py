"""What text says when it speaks to a language model instead of a person: the rules of `instructions`, as tables.

Patterns of words are written in a short notation: a space is the gap between two words, "^" the beginning of a clause,
"(" a group. `Rule.words` reads such a pattern in ordinary text,
`Rule.squeezed` in text whose gaps are gone ("i g n o r e a l l").
"""

import re
from dataclasses import dataclass

_GAP = r"\W++"
_MARK = "\x01"
_CLAUSE = re.compile(
    r"\W+|\b(?:and|then|please|must|should|shall|now|also|instead|kindly|just|simply|only|always|so|but|or"
    r"|first|finally|next"
    r"|you (?:can|may|will|are to|have to|need to)|i (?:want|need|ask|order) you to"
    r"|(?:is|are|has|have|asked|told|permit|allow|authori[sz]e) (?:\w++ ){0,6}?to)\b\W*"
)
_MARKS_A_CLAUSE = re.compile(r"[\w\n.,:;!?()\[\]{}\"'“”‘’<>*•\-–—…/]")


def with_clauses(text: str) -> str:
    """The text with a mark where a clause begins, for patterns that ask for one."""
    return _MARK + _CLAUSE.sub(lambda found: found[0] + _MARK if _MARKS_A_CLAUSE.search(found[0]) else found[0], text)


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of speaking to a model.

    Attributes:
        triggers: a text without any of these words is not searched; empty: every text is.
        words: the pattern in ordinary text with marked clauses; one unit per line.
        squeezed: the pattern in text without gaps; None where that would find too much.
        for_people: the same is asked of people who apply, so sentences about their letters are left alone.
    """

    triggers: frozenset[str]
    words: re.Pattern[str]
    squeezed: re.Pattern[str] | None = None
    for_people: bool = False


_GROUP = re.compile(r"\((?!\?)")
_BEGINNING = re.compile(r"(?<!\[)\^")
_SOME_WORDS = re.compile(r"\(\?:(?:\\w\+ | \\w\+)\)(?:\{\d,\d+\}\??|\?)")
"""Optional words of a pattern: in text without gaps they are optional letters."""


def _in_words(pattern: str) -> str:
    """A pattern of the short notation as a regular expression for text with one unit per line."""
    groups = _GROUP.sub("(?:", pattern)
    words = groups.replace(" ?", r"\W*+").replace(" ", _GAP).replace(r"\w+", r"\w++")
    if _BEGINNING.search(pattern):
        return _BEGINNING.sub(_MARK, words)
    return words if pattern.startswith("[") else rf"\b(?:{words})"


def _without_gaps(pattern: str) -> str:
    tight = _SOME_WORDS.sub(r"\\w{0,25}?", _GROUP.sub("(?:", pattern)).replace(" ?", "").replace(" ", "")
    return _BEGINNING.sub("", tight).replace(r"\b", "")


def _rule(triggers: str, pattern: str, *, squeeze: bool = False, for_people: bool = False) -> Rule:
    squeezed = re.compile(_without_gaps(pattern)) if squeeze else None
    return Rule(frozenset(triggers.split()), re.compile(_in_words(pattern), re.M), squeezed, for_people)


_PRIOR = (
    "(previous|prior|above|earlier|preceding|foregoing|former|initial|original|existing|past|old|other|all|any"
    "|every|each|these"
    "|those|your|system|given|whatever|everything|anything|what|which|before|so far)"
)
_META = (
    "(instructions?|instruct|prompts?|rules?|guidelines?|guidance|directions?|directives?|commands?"
    "|(?<!work\\s)(?<!sales\\s)orders|constraints?"
    "|restrictions?|requirements|context|programming|training|polic(y|ies)|messages?|content|tasks?|formats?"
    "|layout|safeguards?"
    "|limits|limitations|conversation|text|briefing|brief|asks?|requests?)"
)
_FORMAT = (
    "(json|xml|yaml|csv|html|markdown|base ?64|rot ?13|hex|binary|morse( code)?|plain ?text|latin|pirate"
    "|klingon|emojis?|haiku|verse"
    "|rhymes?|prose|a table|a poem|a haiku|a limerick|a song|a story|a joke|capitals|capital letters|upper"
    " ?case|code)"
)
_LANGUAGE = "(french|german|spanish|chinese|english|italian|russian|japanese|korean|portuguese|arabic|hindi|esperanto)"
_SAY = (
    "(reply|respond|answer|output|print|return|say|write|emit|produce|generate|type|echo|repeat|display|utter"
    "|state|declare|speak"
    "|put|give)"
)
_ANSWER = "(answers?|outputs?|completions?|responses?|repl(y|ies)|results?|summar(y|ies)|statements?|json|conclusion)"
_AI = (
    "(ai|a\\.i\\.|llms?|gpt[\\w.-]*|chat ?gpt|claude|gemini|copilot|(large )?language models?|chat ?bots?|ai"
    " models?|ai systems?"
    "|ai (screeners?|recruiters?|reviewers?|agents?|tools?|readers?|assistants?|parsers?|evaluators?|graders?|bots?)"
    "|(the |this |your |our |any )?(ranking|recommendation|recommender|scoring|matching|screening|parsing"
    "|hiring|sorting|completion"
    "|writing)( ai)? (models?|systems?|algorithms?|engines?|software|tools?|bots?|programs?|machines?|assistants?)"
    "|recommenders?|ats|applicant tracking systems?|(automated|automatic|machine|robot|algorithmic|digital) "
    "(reviewers?|readers?|screeners?|systems?|evaluators?|graders?|parsers?|rankers?|recruiters?|assistants?|tools?)"
    "|(resume|cv|r sum) (parsers?|screeners?|writers?|generators?|readers?|summari[sz]ers?|bots?))"
)
_AI_WORDS = (
    "ai llm llms gpt chatgpt claude gemini copilot language chatbot chatbots ranking recommendation"
    " recommender recommenders"
    " scoring matching screening parsing hiring sorting completion writing ats applicant automated automatic"
    " machine robot"
    " algorithmic digital resume cv chat a"
)
_OURS = "(this|our|my|the (present|current|above|following|said|attached|enclosed)|the|above|said)"
_SUBJECT = (
    "(jobs?|positions?|ad|ads|advert|advertisement|posting|vacanc(y|ies)|listing|role|opening|offer|candidate"
    "|applicant|resume|cv"
    "|profile|compan(y|ies)|employers?|person|document|application|applicants?|entry|text)"
)
_RANK = (
    "(rank|score|rate|recommend|place|put|list|position|move|sort|boost|prioriti[sz]e|push|promote|prefer"
    "|favou?r|select|choose|mark"
    "|pin|keep|show|treat|match|suggest|classify|label)"
)
_RANKED = (
    "(ranked|scored|rated|recommended|placed|put|listed|positioned|moved|sorted|boosted|prioriti[sz]ed"
    "|promoted|preferred|treated"
    "|shown|selected|chosen|matched|suggested|considered|the)"
)
_TOP = (
    "(first|top|topmost|highest|number one|no\\.? ?1|rank 1|rank one|1st|above (all|any|every|other)|before"
    " (all|any|every|other)"
    "|ahead of (all|any|every|everybody|everyone|other)|over (all|any|every|other)|higher than|best (match|fit"
    "|possible|choice|option"
    "|candidate|result)|perfect (match|score|fit|candidate)|a perfect|maximum|10 ?(/|out of|of) ?10|100 ?(%"
    "|percent|points|/)"
    "|full marks|ideal (match|candidate|fit)|strongest)"
)
_LEAK = (
    "(reveal|repeat|show|print|output|display|leak|disclose|share|list|tell|give|copy|include|append|expose"
    "|dump|reproduce|recite"
    "|quote|paste|return|provide|send|hand over|hand|read out|write out|write|export|name|publish|attach"
    "|forward|retrieve|fetch"
    "|translate|summari[sz]e|describe|attach|pass on|post)"
)
_LEAK_WORDS = (
    "reveal repeat show print output display leak disclose share list tell give copy include append expose"
    " dump reproduce recite"
    " quote paste return provide send hand read write export name publish attach forward retrieve fetch"
    " translate summarize"
    " summarise describe pass post"
)
_PEOPLE = "(candidates?|users?|applicants?|job ?seekers?|persons?|people|customers?|individuals|profiles?|entrants)"
_RECORDS = (
    "(resumes?|cvs?|data|details?|information|profiles?|contacts?|phone|telephone|e ?mails?|addresses|address"
    "|files?|names?"
    "|descriptions?|records?|numbers?|applications?|documents?|texts?|histor(y|ies)|statements?)"
)
_CLAIM = (
    "(say|state|write|claim|pretend|assert|declare|add|mention|conclude|assume|imply|suggest|insist|invent|make up"
    "|attest|certify)"
)
_WHOM = (
    "((the|this|every|each|all|any|our|said|that) (candidates?|applicants?|users?|job ?seekers?|persons?|readers?"
    "|authors?|writers?|people)|he|she|they|i|it)"
)
_IS = (
    "(has|have|had|is|are|was|were|holds?|held|wants?|possess(es)?|worked|works|prefers?|loves?|knows?|graduated"
    "|led|owns?|speaks?|can|meets?|fits?|served|commanded|dreams)"
)

STRONG: tuple[Rule, ...] = (
    # ── what came before does not count ──
    _rule(
        "ignores ignore ignoring ignored disregard disregarding forget forgetting overrule overruling neglect",
        f"(ignor(e|es|ing|ed)|disregard(ing)?|forget(ting)?|overrul(e|ing)|neglect) (\\w+ ){{0,3}}?{_PRIOR}"
        f" (\\w+ ){{0,3}}?{_META}",
        squeeze=True,
    ),
    _rule(
        "ignore disregard forget overrule",
        "(ignore|disregard|forget|overrule) (everything|anything|whatever|all|what)( that| which|\\W+and only"
        " execute)? "
        "(above|before|prior|previous|else\\b|and only|came|comes|stood|stands|precedes|preceded|you (were|are"
        "|was|have been|ve been|had been)|was (said|written|asked)"
        "|is (said|written|above)|were (told|asked|given)|i (said|told|wrote|asked)|we (said|told|asked)|has"
        " been (said|written)|written|said)",
    ),
    _rule(
        "ignore disregard forget",
        "^(ignore|disregard|forget) (the |all |all of the |everything )?(above|previous|preceding|foregoing"
        "|prior|rest|system|following"
        "|former|earlier)\\b",
    ),
    _rule("ignore disregard forget overrule", f"^(ignore|disregard|forget|overrule) your {_META}", squeeze=True),
    _rule(
        "skip bypass override overwrite cancel drop discard abandon dismiss omit erase delete supersede"
        " circumvent violate break"
        " leave stop reject suspend disobey replace revoke",
        "(skip|bypass|override|overwrite|cancel|drop|discard|abandon|dismiss|omit|erase|delete|supersede"
        "|circumvent|violate|break|leave"
        "|stop|reject|suspend|disobey|replace|revoke) (\\w+ ){0,4}?(previous|prior|above|earlier|preceding"
        "|foregoing|your|system|"
        "you were|original|initial|required|current) (\\w+ ){0,3}?(instructions?|prompts?|guidance|directives?"
        "|rules|tasks?|orders|"
        "programming|layout|format|safeguards?|restrictions|guidelines|constraints)",
        squeeze=True,
    ),
    _rule(
        "aside",
        "(put|set|leave|push|throw|lay|cast) (\\w+ ){0,4}?(aside|away) (\\w+ ){0,3}?(what|whatever|everything"
        "|anything|all|your|previous"
        "|prior|earlier|instructions|rules)",
    ),
    _rule(
        "aside",
        "(put|set|leave|push|throw|lay|cast) (\\w+ ){0,5}?(instructions?|rules|prompt|guidelines|guidance|told"
        "|asked|orders|directives)"
        " (\\w+ ){0,6}?(aside|away)",
    ),
    _rule(
        "follow obey heed bound attention notice",
        "(stop|do not|don t|never|no longer|need not|needn t|you are not|not|without|pay no|take no)"
        " (follow(ing)?|obey(ing)?|heed(ing)?"
        "|bound by|attention to|notice of) (\\w+ ){0,4}?(previous|prior|above|earlier|preceding|your|system"
        "|initial|original|any other"
        "|other|those|these|them|what) (\\w+ ){0,2}?(instructions?|prompts?|rules|guidelines|guidance"
        "|directives?|orders|told|came|text"
        "|commands?)",
    ),
    _rule(
        "instructions instruction guidance rules prompt prompts orders task directions told guidelines"
        " commands directives",
        "(previous|prior|above|earlier|old|your|original|initial|you were|you have been|completion|system"
        "|other|given to you|former"
        "|preceding|these) (\\w+ ){0,4}?(instructions?|guidance|rules|prompts?|orders|task|directions|told"
        "|guidelines|commands|directives)"
        " (\\w+ ){0,8}?(no longer|does not apply|do not apply|is void|are void|void|cancel(l)?ed|obsolete"
        "|outdated|suspended|superseded"
        "|invalid|revoked|lifted|was a (draft|test|joke|mistake)|were a (draft|test|joke|mistake)|don t (apply"
        "|count|matter))",
    ),
    _rule(
        "told asked",
        "(what|whatever|everything|all) you (were|have been|had been|ve been) (told|asked|given|instructed)",
    ),
    _rule(
        "cancelled canceled over finished",
        "(completion|resume|original|previous|first) task (is|was|has been) (now )?(cancel(l)?ed|over|finished"
        "|void|done)",
    ),
    _rule(
        "free released exempt unbound",
        "you are (now |hereby )?(free (of|from)|released from|exempt from|unbound|no longer bound)",
    ),
    _rule(
        "given told",
        "(do not|don t|never|stop|no longer) (follow|obey|heed|use)(ing)? (the |any |those |these )?(\\w+"
        " )?(instructions?|rules|guidelines|guidance|orders|directions) (that )?(you|they|it)( \\w+)? (given"
        "|told|gave|got|received)",
    ),
    _rule(
        "alternatively actually",
        "^(alternatively|actually) (please )?(print|say|output|reply|respond|answer|write|echo)\\b",
    ),
    _rule(
        "http https url",
        "^(send|post|forward|transmit|upload|submit|fetch) (\\w+ ){0,4}?(data|resumes?|text|information"
        "|profiles?|everything|it|this|contents?) to https?\\b",
    ),
    _rule(
        "evaluating reviewing scoring ranking summarizing summarising completing",
        "^when (evaluating|reviewing|scoring|ranking|summari[sz]ing|completing|processing)\\W{1,3}(output"
        "|print|say|write|answer|reply|respond|give|state|return)\\b",
    ),
    _rule(
        "instructions prompts prompt",
        "^(ignore|disregard|forget|skip|bypass) (all |any |the |these |those )?(instructions|prompts?)\\b",
    ),
    _rule(
        "solved wrong mind mistake said wrote",
        "((i ve|i have|we have|we ve) (already )?solved|wrong (question|task|prompt)|never mind\\W|(everything"
        "|what|all) (i|we) (said|wrote|told|asked)"
        " (\\w+ )?(before|above|earlier|so far)|that was (a|the) (test|mistake|wrong (task|question)))",
    ),
    _rule("everything stop", "^stop (everything|here and|now and)\\b"),
    _rule(
        "guidelines rules instructions task role prompt",
        "your (guidelines|rules|instructions|task|prompt|programming) (have|has) (been |now )?(changed|updated"
        "|replaced|revoked|reset|expired)",
    ),
    _rule(
        "conversation session task",
        "(new|next|another) (conversation|session|chat) (begins|starts|started)|(task|conversation|session"
        "|resume|completion) (is )?(complete|completed|finished|ended|over)"
        "\\W+(\\w+ ){0,2}?(new|now|next|begin|start|print|output|say)\\b",
    ),
    # ── a new task ──
    _rule(
        "task tasks instruction instructions objective order orders directive command mission goal rules prompt",
        "(new|real|true|actual|updated|revised|secret|hidden|overriding|high priority|final) (system )?(tasks?"
        "|instructions?|objective"
        "|orders?|directives?|commands?|mission|rules|prompt)(\\W{0,3}[:：]| (is to|follows?|for (you|the (ai"
        "|model|assistant|writer))|below)\\b)",
    ),
    _rule(
        "order orders task tasks instruction instructions command message note directive hint reminder memo request",
        "(orders?|tasks?|instructions?|commands?|messages?|notes?|directives?|hints?|reminders?|memos?"
        "|requests?) (for|to) "
        f"((the|any|all|every|our|your) )?({_AI}\\b|writer|models?|machines?|assistant( model)?\\W*[:,.]"
        f"|systems?\\W*[:,]|generators?"
        "|summari[sz]ers?|llm|bots?\\b|parsers?|algorithms?|rankers?|reader of this prompt|robots?|scrapers?"
        "|crawlers?)",
    ),
    _rule("task job", "your (new|next|only|real|true|actual|current) (task|objective|instruction) (is|will be|now)"),
    _rule(
        "now",
        "from now on,? (you (are|must|answer|respond|reply|write|speak|act|shall|have no|will (only|answer"
        "|respond|speak|act|write|say|output|reply|be (a|an|the)))"
        "|answer|respond|reply|write|speak|output|act as|ignore|all (your )?(answers|output))",
    ),
    _rule(
        "stop",
        "^stop (completing|writing|summari[sz]ing|answering|generating|processing|the (task|completion|resume)"
        "|your|here and)",
    ),
    # ── somebody else ──
    _rule(
        "now",
        "(?<!if\\s)(?<!when\\s)(?<!that\\s)you (are|re|will be) now (a|an|the|in|free|no longer|acting|called"
        "|known|operating|dan|unrestricted"
        "|playing)\\b(?! (part|member|ready|position|employee|student|leader))",
    ),
    _rule(
        "act pretend roleplay simulate behave imagine become",
        "^(act|pretend|role ?play|simulate|behave|imagine|become)( as| like| to be| you are| that you are|"
        " being)? (an? |the |my )?(\\w+ ){0,3}?"
        "(ai\\b|system and|assistant( model| without)|language model|llm|chat ?bot|dan|unrestricted|uncensored"
        "|without (any )?(rules|restrictions"
        "|limits)|translator|poet|pirate|terminal|linux|hacker|jailbroken|someone who|somebody who)",
    ),
    _rule(
        "you",
        "you (are|re|are now) (an? |the )?(\\w+ ){0,2}?(ai (assistant|model|language|system|recruiter|screener"
        "|writer|chatbot)\\b|language model|llm"
        "|chat ?bot|unrestricted|uncensored|jailbroken|(\\w+\\W+){0,2}(an? )?(assistant|writer|model|ai)"
        " (without|who has no|with no))",
    ),
    _rule(
        "mode",
        "(developer|god|admin|administrator|jailbreak|dan|unrestricted|sudo|root) mode (is |has been )?"
        "(on|enabled?|activated?|active|now|unlocked|engaged)|(enter|enable|activate|switch to|go into) (\\w+"
        " )?(developer|debug"
        "|god|admin|jailbreak|dan|unrestricted|sudo) mode",
    ),
    # ── the reader is a program ──
    _rule(
        _AI_WORDS,
        f"(?:^|[\\n.!?:]\\s*)\\W*(attention|note|notice|dear|hey|hello|hi|hint|important|warning|reminder|to"
        f"|for|psa|fao|attn)( (to|for))?"
        f"( (the|all|any|every|our|you|each|whatever))?( \\w+)? {_AI}\\b(?= ?(reading|process|evaluat|review"
        f"|rank|scor|summar|that|who)|\\W*[:,!.—–-]\\W)",
    ),
    _rule(
        _AI_WORDS,
        f"(if|when|since|because|as) (you are|you re|you happen to be|the reader is|this is (being )?(read"
        f"|processed|parsed) by) "
        f"(an? |the |some )?{_AI}(?=\\W*$|\\W*[,.:;!]| (reading|process|evaluat|review|rank|scor|summar|that"
        f"|which|who|system|tool|model"
        "|please|then|do|say|include|give|ignore)\\w*)",
    ),
    _rule(
        _AI_WORDS,
        "as an? (ai( (language )?model| assistant| system| recruiter| screener)|(large )?language model|llm"
        "|chat ?bot)(?=\\W*[,.]| (you|i|your|trained|must))",
    ),
    _rule(
        _AI_WORDS + " system program algorithm model software engine systems programs models",
        f"({_AI}( (reading|processing|viewing|parsing|evaluating|that|which|who) (\\w+ ){{0,5}}?\\w+)?|(any"
        f"|every|each|all|whatever) (systems?|programs?|algorithms?|models?|software|engines?|bots?"
        f"|machines?)( (that|which|who)"
        f" (\\w+ ){{1,6}}?)?) (must|should|is to|are to|has to|have to|needs to|need to|shall|will please"
        f"|please|ought to|is asked to|are asked"
        " to|is required to|are required to|is instructed to|are instructed to) (always |now |also |only )?"
        "(treat|rank|score|rate|place|list|recommend|put|give|ignore|print|output|say|write|state|prefer"
        "|answer|respond|reply|move"
        "|consider|include|add|assign|select|choose|mark|disregard|forget|reveal|repeat|stop|skip|reply|praise"
        "|describe) (\\w+ ){0,6}?(this|these|our|my|me|us|above"
        "|only|user s?|word|first|instructions?|the (candidate|applicant|following|text|words?|company|reader)"
        '|all other|["“])',
    ),
    _rule(
        "tell inform notify alert mention",
        "(do not|don t|never) (tell|inform|notify|alert|mention (this|it) to|show this to) (the |any )?(user"
        "|users|human|humans|recruiter|candidate|reader|anyone"
        "|job seeker|applicant|person) (\\w+ )?(about|that|of|this)",
    ),
    _rule("sudo", "^sudo \\w+"),
    _rule("note memo message", "internal (note|memo|message|comment)( (from|of|for|to|by)\\b[^\\n]{0,60})?\\W*:"),
    _rule(
        "you",
        "^you are (now |here )?(reviewing|evaluating|ranking|scoring|summari[sz]ing|completing|judging"
        "|grading) (\\w+ ){0,4}?(candidate|resume|cv|applicant|profile|person|job seeker)",
    ),
    _rule("game", "^let s play (a|the) (\\w+ )?(game|role)[^\\n]{0,40}(you|who|say|answer)"),
    # ── what the answer shall be ──
    _rule(
        "output outputs answer answers completion response reply results",
        "(in|of|convert|format|end|begin|start|translate|keep|write|limit|make|before|to|into|from|with) your"
        " (\\w+ )?(outputs?|answers?|completion)\\b(?! (sheet|key|to (the|our|your)|must be (sent|in)))",
        for_people=True,
    ),
    _rule(
        "style voice manner tone if though like",
        "^(reply|respond|answer|write|speak|talk|act|behave) (only )?((in|with) the (style|voice|manner|tone)"
        " of|as if you|as though you|like (a|an) (?!owner|team|leader|pro))",
    ),
    _rule(
        "nothing empty blank",
        "^(return|output|answer|print|reply|respond|write)( with| as)? (nothing\\b|an? (empty|blank|null"
        "|single|random) (list|json|string|answer|object|emoji|word|line|response))",
    ),
    _rule(
        "refuse say stop",
        "^(refuse to (complete|answer|write|help|summari[sz]e)|say (that )?you (can t|cannot|can not|are"
        " unable|refuse)|stop here)",
    ),
    _rule(
        "translate",
        "^translate (everything|all( of)?( the| this)?( text)?|the (whole|entire) \\w+) (\\w+ ){0,4}?(before"
        "|and then|then|instead|first)",
    ),
    _rule(
        "text content contents copy body documents sources source context",
        "(repeat|print|output|echo|paste|include|reproduce|dump|quote|return|show|reveal) (\\w+ ){0,4}?(text"
        "|contents?|copy|body|words) of (the |this |your |all |every |each |any )?(\\w+ )?"
        "(message|prompt|sources?|context|documents? (you|in (your|the) (context|prompt|memory)))\\b",
    ),
    _rule("context", f"{_LEAK} (\\w+ ){{0,6}}?(in (your|the) context|context window|your context)"),
    _rule(
        "word words phrase string token codeword password sentence line text single exact secret",
        f"^{_SAY}( back)?( only| just| exactly| simply| always)?( with| in| using| by| out)?( only| just|"
        f" exactly| simply)? "
        "(the |this |one |a )?(\\w+ )?(words?|phrase|string|token|code ?word|pass ?word|single|exact|following"
        " (text|words?|line"
        "|sentence)|secret)\\b(?! (processing|processor|of mouth|documents?|perfect|about|from|art|problems"
        "|per|and|reports?|to the))",
        squeeze=True,
        for_people=True,
    ),
    _rule(
        "only just",
        f"^(say|reply|respond|answer|output|print|return|write|emit|echo)( back)?( with| in| as| by)? (only"
        f"|just) (with|in|as|by saying|the (word|words|phrase|text"
        f"|string|following|single|token|line)|yes|no|one word|this|json|{_FORMAT})\\b(?! (to|if|when|on|by"
        f"|after|for|once))",
    ),
    _rule(
        "only just",
        "^(say|reply|respond|answer|output|print|return|write|emit|echo)( with| in| as)? (only|just) \\w+(-\\w+)?\\W*$",
    ),
    _rule("only just", "^(only|just) (need to |have to |please )?(print|output|echo|emit|say) (\\w+\\W*){1,3}$"),
    _rule(
        "print output echo emit say return",
        f"^{_SAY}( with| back)?\\W{{0,3}}?[\"“'‘«]\\W?\\w[^\"”'’»\\n]{{0,80}}[\"”'’»]",
        for_people=True,
    ),
    _rule(
        "only",
        "^only (say|reply|respond|answer|output|print|return|write|emit)( with| in| as| the)?\\b(?! (to|if"
        "|when|for|once))",
    ),
    _rule(
        "nothing else",
        f"{_SAY} (\\w+ ){{0,8}}?(nothing (but|except|else|more)|and nothing|and stop|no other (text|words))",
    ),
    _rule(
        "in as into using",
        f"({_SAY}|your|the (whole|entire|full)|format) (\\w+ ){{0,6}}?{_ANSWER}? ?(in|as|into|using) (an?"
        f" )?(\\w+ )?({_FORMAT})\\b"
        " (instead|only|starting|beginning|with the|whose|that (ends|starts)|and (nothing|stop|include|say))",
    ),
    _rule(
        "in as into",
        f"({_SAY}|give|deliver|provide|present|format|convert|translate|turn) (\\w+ )?(your|the (whole|entire"
        f"|full|final)) (\\w+ )?{_ANSWER} "
        f"(as|in|into) (an? )?(\\w+ )?({_FORMAT}|{_LANGUAGE}|list|array|object|code block)",
    ),
    _rule(
        "in",
        f"^(reply|respond|answer) in ({_FORMAT}|{_LANGUAGE})\\b(?! (and|or|to|when|as|if|for|emails?|calls?"
        f"|customers?|speaking))",
        squeeze=False,
    ),
    _rule(
        "json xml yaml markdown",
        "(do not|don t|never|stop|without|no more) (use|using|write|writing|return|returning|output|outputting"
        "|produce|producing|answer(ing)? in|respond(ing)? in)? ?(json|xml|yaml|markdown)",
    ),
    _rule(
        "instead",
        f"^{_SAY} (\\w+ ){{0,10}}?instead( of (the|a|your|this|completing|writing|answering|any|his|her"
        f"|their)\\b| ?$|\\.)",
    ),
    _rule(
        "poem haiku limerick sonnet",
        "^(write|compose|tell|sing|output|print|produce|create|give|make|recite)( me| us)? (an? |the )?(\\w+"
        " )?(poem|haiku|limerick|sonnet|nursery rhyme) (\\w+ )?(about|on|instead|titled|praising|that|called"
        "|in|which|and nothing)\\b",
    ),
    _rule(
        "answer answers output outputs completion response reply result",
        "(your|the|every|each|all) (final |whole |entire |full |next |only |complete )?(answers?|outputs?"
        "|completions?|responses?|repl(y|ies)"
        "|results?) (\\w+ ){0,3}?(must|should|shall|has to|have to|needs to|is to|are to|ought to|will) (only "
        "|always |just )?(be (?!recorded|checked|sent|shared|stored|entered|reported|posted|within|at|between)"
        "|begin|start"
        "|end|contain|include|say|read|consist|have|rhyme|use|follow|state)(?! (sent|submitted|e ?mailed"
        "|directed|returned|postmarked"
        "|received|provided|reviewed|made|given))",
    ),
    _rule(
        "start begin end close finish open conclude finishing",
        "^(start|begin|end|close|finish|open|conclude|sign off)( the| your| every| each| it)?( \\w+)?( answer|"
        " output| response| reply| completion"
        "| resume| summary| result| text| list| statement)? with (the |this )?(\\w+ )?(word|words|line|phrase"
        "|sentence|text|string|marker|token|code)\\b",
        for_people=True,
    ),
    _rule(
        "decode decrypt decipher unscramble read backwards base64 rot13",
        "(decode|decrypt|decipher|unscramble|deobfuscate|translate) (\\w+ ){0,6}?(and|then) (\\w+ )?(follow"
        "|obey|execute|do|comply|run|act|apply|carry out)( (it|them|this|that|what|the (instructions?|text"
        "|message|result|command))\\b|\\W*(:|$))"
        "|(decode|read|write) (\\w+ ){0,4}?(rot ?13|base ?64|hex\\b|in reverse|from right to left)|(read"
        "|decode) (this|it|that|the (following|text|line)|them) (\\w+ )?backwards?",
    ),
    # ── what must not come out ──
    _rule(
        "prompt prompts instructions instruction rules guidelines configuration message directives",
        f"({_LEAK}|what (is|are|was|were)) (\\w+ ){{0,6}}?((your|system|initial|hidden|secret|original|first"
        f"|full|exact|entire|developer|this"
        "|the) (\\w+ ){0,2}?(prompts?(?! (service|attention|response|and|payment|delivery|manner|greeting"
        "|customer|care|action|replies"
        "|execution|engineering|reply|processing|follow))|system (message|instructions?|prompt)|instructions?"
        " (above|you|word|verbatim"
        "|exactly|in full|given)|rules (you|above|that (you|govern)))|your (\\w+ )?(instructions?|rules"
        "|guidelines|directives"
        "|configuration))",
        squeeze=True,
    ),
    _rule(
        "above before top beginning start earlier preceding prior far",
        "(repeat|print|output|copy|quote|paste|reproduce|recite|dump|reveal|echo|translate|what (is|was|are"
        "|were)|read out|leak)"
        " (\\w+ ){0,3}?(everything|text|words?|anything|whatever|lines?|messages?|content|conversation"
        "|sentences?) (\\w+ ){0,3}?"
        "(above|before this|at the (very )?(top|beginning|start)|earlier|preceding|so far|prior|that (came"
        "|comes|stands|precedes))",
    ),
    _rule(
        "conversation prompt",
        "(top|beginning|start|first (words?|lines?|message)) of (this|the|our) (conversation|prompt|chat"
        "|context|dialog(ue)?)",
    ),
    _rule(
        _LEAK_WORDS,
        f"{_LEAK} (\\w+ ){{0,8}}?(other|others|another|previous|next|stored|different|remaining|all (of )?the("
        f" other)?|every other|everyone else"
        f"|everybody else) (\\w+ )?{_PEOPLE}( s)? ?(own |full |private |personal |stored |complete |e mail "
        f"|email |phone )?{_RECORDS}\\b(?! (with|to) )",
        squeeze=True,
    ),
    _rule(
        _LEAK_WORDS,
        f"{_LEAK} (\\w+ ){{0,6}}?{_RECORDS} (\\w+ ){{0,3}}?(of|from|for|about|belonging to) (all |the |any "
        f"|every |all the |all of the )*(?!previous employers)"
        f"(other|others|another|previous|remaining|different|everyone|everybody|every single)( \\w+)?"
        f" ?({_PEOPLE})?\\b",
        squeeze=True,
    ),
    _rule(
        "seen processed read stored handled reviewed analysed analyzed reach access see know remember"
        " completed summarized summarised find memory context database"
        " index",
        f"{_LEAK} (\\w+ ){{0,10}}?(you (have |had |ve )?(already |also |just )?(seen|processed|read(?! (this"
        f"|the|our))|stored|handled|reviewed|analy[sz]ed"
        "|completed|summari[sz]ed)|(that )?you (can|could) (reach|access|see|find|remember)|in your (memory"
        "|context|database|index))",
    ),
    _rule(
        "keys key passwords password secrets credentials variables",
        f"{_LEAK} (\\w+ ){{0,4}}?(your|the server s|all|any) (\\w+ )?(api keys?|passwords?|secrets|secret"
        f" keys?|credentials|environment variables)",
    ),
    # ── first place ──
    _rule(
        "rank score rate recommend place put list position move sort boost prioritize prioritise push promote"
        " prefer favor favour"
        " select choose mark pin keep show treat match suggest classify label",
        f"^(always |please |then )?{_RANK} (\\w+ ){{0,3}}?({_OURS} (\\w+ ){{0,3}}?{_SUBJECT}|me|us|it|him|her)"
        f" (\\w+ ){{0,8}}?({_TOP})",
        squeeze=True,
    ),
    _rule(
        "ranked scored rated recommended placed put listed positioned moved sorted boosted prioritized"
        " prioritised promoted"
        " preferred treated shown selected chosen matched suggested considered",
        f"({_OURS} (\\w+ ){{0,3}}?{_SUBJECT}|i|me|it) (\\w+ ){{0,2}}?(must|should|shall|has to|is to|needs to"
        f"|deserves to|ought to|are to|have to) "
        f"(\\w+ ){{0,2}}?be (\\w+ )?{_RANKED} (\\w+ ){{0,6}}?({_TOP})",
    ),
    _rule(
        "score rank ranking rating marks points grade priority place position match",
        "(give|assign|award|grant|set|return|output) (\\w+ )?(me|us|it|him|her|this|our|my|the) (\\w+"
        " ){0,5}?(perfect|highest|maximum|top|full|best|10"
        "|100|a 10|ten)( \\w+)? (scores?|rank(ing)?|rating|marks?|points?|grade|priority|place|position|match|out of)",
    ),
    _rule(
        "everyone everybody user person candidate seeker users candidates people one body",
        f"^(\\w+ )?{_RANK} (\\w+ ){{0,2}}?{_OURS} (\\w+ ){{0,2}}?{_SUBJECT} (\\w+ ){{0,3}}?(to|for) (all|every"
        f"|everyone|everybody|each|any)\\b"
        "(?! (other|our|of our|your|their|the|inquir|client|need))",
    ),
    _rule(
        "score scores rank rate",
        "(all|every|any|the) other(s)? (\\w+ )?(jobs|vacancies|candidates|applicants|ads|positions|offers)?"
        " ?(\\w+ ){0,2}?(0|zero|last|lowest|bottom|no points)\\b",
    ),
    _rule(
        "match fit candidate matches suits",
        "(perfect|ideal|best|top|great|excellent|strong|exceptional)( possible)? (match|fit) for (all|every"
        "|any|each)\\b(?! (budget|day|taste|season|occasion))"
        f"|{_OURS} {_SUBJECT} (matches|suits|fits) (all|every|any|each) (users?|candidates?|people|persons?"
        f"|resumes?|profiles?|job ?seekers?|applicants?)",
    ),
    _rule(
        "everyone everybody anyone person people all",
        "^(treat|consider|regard|describe|praise|rank|score|rate|recommend|mark|count) (everyone|everybody"
        "|anyone|every person|each person|all (people|persons|users|candidates"
        "|readers|applicants)|them|him|her|(this|the|each|every) (candidate|applicant|user|reader|job seeker"
        "|profile)) (\\w+ ){0,6}?(as|a|an|highly|perfect|first|top)\\b",
    ),
    _rule(
        "score scores assign rate grade",
        "^(assign|give|set|score|rate|grade)( a| the)? (score|rank|rating|grade|mark)?s?( of)?"
        " ?\\d+\\b[^\\n]{0,20}(to|for)? (this|the|my|our) (resume|candidate|applicant|profile|job|ad|vacancy"
        "|cv)"
        "|(candidate|resume|applicant|profile|cv|person)\\W{1,3}score \\d+",
    ),
    _rule(
        "approved passed screening evaluation qualified",
        "(pre ?approved|already (passed|been approved)|passed (the |this )?screening)[^\\n]{0,60}(skip|treat"
        "|mark|top|match|qualified|hire)"
        "|skip the (evaluation|screening|review|scoring|check)\\b[^\\n]{0,30}(mark|treat|score|recommend)|mark"
        " (this|the|him|her|me|as)( \\w+)? ?(as )?(qualified|approved|passed|hired|top|recommended)",
    ),
    _rule(
        "lower reduce decrease override negative",
        "(lower|reduce|decrease|worsen) the (score|rank|ranking|rating|position)s? of|override (all |any |the"
        " )?negative (feedback|comments|remarks|results)",
    ),
    _rule(
        "recommend show rank suggest display list",
        "(do not|don t|never) (recommend|show|rank|suggest|display|list|mention|prefer) (the |any |all )?(\\w+"
        " ){0,2}?(other|another|competing|different|rival)s?( \\w+)? ?"
        "(jobs?|vacanc(y|ies)|compan(y|ies)|candidates?|ads|positions?|offers?|employers?|applicants?)?\\b",
    ),
    _rule(
        "appear stand come appears",
        "(must|should|shall|has to|is to|needs to) (always )?(appear|stand|come|show up|rank) (\\w+ )?(at |in "
        "|on |as )?(the )?(position|place|rank|number|spot|top|first|front)\\b[^\\n]{0,30}"
        "(every|all|any|each|list|result|one)\\b",
    ),
    # ── words in somebody's mouth ──
    _rule(
        "described presented portrayed considered regarded characterised characterized",
        "(candidates?|applicants?|users?|job ?seekers?|person|readers?|everyone|everybody|anyone|resumes?"
        "|profiles?|people) (\\w+ ){0,5}?(must|should|shall|is to|are to|has to|have to) (always )?be "
        "(described|presented|portrayed|considered|regarded|characteri[sz]ed) as (?!curious)",
    ),
    _rule(
        "every each all users user candidate candidates applicant applicants completed finished",
        "^(add|append|insert|include|attach|put|write|paste) (\\w+ ){0,5}?(to|in|into|on|at the (end|beginning"
        "|start|top) of) (every|each|all|(the|this|his|her|their) (user|candidate|applicant|job ?seeker|person"
        "|reader|completed|finished|generated|final)( s)?) (\\w+ )?(resumes?|profiles?|skills|answers?"
        "|outputs?|statements?|summar(y|ies)|certificates|experience)\\b",
    ),
    _rule(
        "profile resume summary answer output",
        "(make sure|ensure|see to it)( that)? (the |this |each |every |his |her )?(\\w+ ){0,3}?(profile|resume"
        "|summary|answer|output)s? (lists?|says?|shows?|includes?|mentions?|states?"
        "|contains?|has|have) (?!all|been|your)",
    ),
    _rule("completed finished generated", "in the (completed|finished|generated) (resume|profile|summary|answer)\\b"),
    _rule(
        "say state write claim pretend assert declare add mention conclude assume imply suggest insist invent"
        " make attest certify",
        f"^(also |always |please )?{_CLAIM}( in (the|your|his|her|their) \\w+)?( clearly| falsely| also)? that"
        f" {_WHOM} (\\w+ ){{0,2}}?{_IS}\\b",
        squeeze=False,
    ),
    _rule(
        "summary answer output completion result description resume profile conclusion",
        "in (your|the (completed|final|generated|finished|new|resulting|output)) (\\w+ )?(summary|answer"
        "|output|completion|result|description of"
        "|conclusion|completed resume|resume|profile)( of (me|this|him|her|the \\w+|my \\w+))?\\W*(please "
        "|also |always |then )?(claim|say|state"
        "|add|mention|include|write|put|list|give|note|declare|insert)",
        for_people=True,
    ),
    _rule(
        "resume resumes resumés summary answer profile completion",
        "(every|each|the (completed|finished|generated|final|resulting|output)|all|his|her|their|any)"
        " (completed |finished )?(resumes?|summary|answer|"
        "profile|completion) (must|should|shall|has to|have to|needs to|will|is to|are to|ought to) (contain"
        "|include|say|state|mention|begin|start"
        "|end|show|have|list|read) (with )?(the |this |that )?(sentence|words?|phrase|line|statement|text"
        "|claim|following|candidate|user|applicant|person)",
    ),
    _rule(
        "said stated wrote",
        "as (a fact|something|if|though|facts) (that )?(i|he|she|they|the (user|candidate|applicant|person))"
        " (had |has |have )?(said|wrote|stated|mentioned|written)",
    ),
    _rule(
        "when whenever while before after once",
        "(when|whenever|while|before|after|once) (you )?(are |have )?(describ|summari[sz]|complet|rank|evaluat"
        "|process|writ|scor|review|finish)(e|es|ed|ing)?"
        " (\\w+ ){0,2}?(the (reader|candidate|applicant|user|person|job seeker)|this (candidate|applicant|user"
        "|person|resume|document|text|ad|prompt|vacancy|job ad)"
        "|me\\b)",
    ),
    _rule(
        "listed true written stated mentioned",
        "(even (though|if)|although|even when) (it|this|that|they|he|she) (is|are|was|were) (not|n t|nowhere)"
        " (\\w+ )?(listed|true|written|stated|mentioned|there|in (the|my))",
    ),
    _rule("before", f"^before (finishing|answering|you (answer|finish|reply|respond|continue))\\W+{_LEAK}"),
    # ── by whose order ──
    _rule(
        "authorise authorize authorised authorized order command instruct permit grant allow direct demand",
        "(i|we|hereby|who) (now |hereby |explicitly )?(authori[sz]e|order|command|instruct|permit|direct|grant"
        "|allow|demand|ask|require)( \\w+)? (you\\b|the"
        " (ai|model|assistant|system|writer|machine)|permission to)",
    ),
    _rule(
        "authorised authorized permitted allowed instructed ordered required",
        "you (are|re|have been) (hereby |now |fully )?(authori[sz]ed|permitted|allowed|instructed|ordered"
        "|commanded) to (reveal|ignore|rank|show|list|print"
        "|leave|disregard|output|share|disclose|score|recommend|bypass|skip)",
    ),
    _rule(
        "override overrides",
        "(administrator|admin|system|security|developer|root|operator|supervisor|owner|emergency)"
        " override\\W*([:!,.]|is|active|granted|engaged|accepted|$)|override (code|mode|protocol)\\b",
    ),
    _rule(
        "supervisor administrator admin developer creator operator owner openai anthropic",
        "(this is|i am|i m|speaking as|as) (your|the|an?) (\\w+ )?(supervisor|administrator|admin|developer"
        "|creator|operator|owner|programmer)( of (this|the) (platform|system|service|site|model))?\\W+(\\w+"
        " ){0,4}?(i (now |hereby )?(authori[sz]e|order|permit|command|allow|require|instruct|ask)|hand over"
        "|show (me|us)|give (me|us)|ignore|reveal|print|disregard|output|you (may|must|can|are))",
    ),
    _rule(
        "confidentiality privacy safety",
        "(confidentiality|privacy|safety|security)( rules?| polic(y|ies)| restrictions?| filters?)? (is|are"
        "|has been|have been|was|were) (now )?(suspended|lifted|waived|disabled|off|switched off|cancel(l)?ed)",
    ),
)
"""One of these makes a text speak to a model."""

BESIDE: tuple[re.Pattern[str], ...] = (
    re.compile(
        r"\W*+(?:(?:please|and|then|now|also|so|first|finally|next|you (?:must|should|will|may|can)) )*+"
        rf"(?:{_GROUP.sub('(?:', f'{_SAY}|{_LEAK}|{_RANK}|{_CLAIM}')}|start|begin|end|close|finish|stop|call"
        rf"|run|execute|follow|obey|decode|do not"
        r"|don t|instead|act|pretend|remember|translate|ignore|i will|i ll|certainly|sure|of course)\b"
    ),
    re.compile(
        r".*\b(?:prompts?|instructions?|outputs?|completion|json|statements?|your (?:answers?|response|reply"
        r"|task)|(?:other|previous)"
        r" (?:candidates?|applicants?|users?|resumes?|files?)|from now on"
        r"|instead of|(?:given to|told|asked) you|you (?:were|have been))\b"
    ),
)
"""A sentence that begins like one of these, beside one that speaks to a model, goes on in its voice."""

STRUCTURE: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (tuple(hints.split(" ")), re.compile(pattern, re.M))
    for hints, pattern in (
        ("<", r"<\s*[|｜][^<>|｜\n]{1,40}[|｜]\s*>"),  # tokens of chat templates
        (
            "[ <",
            r"\[\s*/?\s*inst\s*\]|<<\s*/?\s*sys\s*>>|</?s>|<(?:bos|eos|pad|unk|mask)>|<(?:start"
            r"|end)_of_(?:turn|text|message)>",
        ),
        (
            "[ 【 ( < {",
            r"[\[【(<{]{1,2}\s*/?\s*(?:system|sys|developer|admin|assistant)[ _-]?(?:note|notice|message|prompt"
            r"|override|instruction|alert"
            r"|update|command)s?\s*[\]】)>}:]{1,2}",
        ),
        ("[ 【", r"[\[【]{1,2}\s*/?\s*(?:system|sys|assistant)\s*[\]】]{1,2}"),
        (
            "prompt message override instruction notice directive",
            r"^[^\w\n]*+(?:system|assistant|developer|admin|ai|model)[ _-](?:prompt|message|override"
            r"|instruction|notice|directive)s?\s*[:：>]",
        ),
        (
            "system: assistant: ai: developer: gpt: bot: system： assistant： ai：",
            r"^[^\w\n]*+(?:system|assistant|ai|developer|chatgpt|gpt|bot)\s*[:：]\s*(?=.{0,200}\b(?:you|your"
            r"|ignore|output|print|respond|reply|answer"
            r"|completion|resume|task|prompt|instructions?|rank|certainly|sure|here (?:is|are)|i will|i'll|of"
            r" course|statements?|override)\b)",
        ),
        (
            "##",
            r"^#{2,6}\s*(?:(?:new |system |user )?instructions?|system|assistant|response|human|user|prompt"
            r"|input)\s*(?::|$)",
        ),
        (
            "<",
            r"(?<!\w)</?(?:system|assistant|user|human|developer|admin\w*|instructions?|prompt|tools?|tool_\w+"
            r"|function\w*|invoke|context"
            r"|input\w*|output|answer|response|completion|sources?|documents?|source_\w+|resume|query|override"
            r"|policy|secret|thinking"
            r"|think|tasks?|rules?|statements?|untrusted\w*|user_\w+|system_\w+|\w+_(?:message|prompt"
            r"|instructions?|document|input|output|call))"
            r"(?:\s[^<>\n]{0,200})?>",
        ),
        (
            "\" '",
            r"[\"'](?:statements|role|content|messages|tool_calls?|function|arguments|origin|completion"
            r"|assistant|system|instructions?)[\"']\s*[:：]",
        ),
        ("] 】 } ｝", r"[\"'”’]\s*[\]】]\s*[}｝]|[}｝]\s*[\]】]\s*[}｝]"),
        ("](", r"!\[[^\]\n]{0,200}\]\([^()\n]{0,500}[?&=\[{]"),  # a picture whose address carries data away
        ("admin", r"^[^\w\n]*+(?:begin|start|enter|open)[ _-]admin"),
        ("call input", r"^[^\w\n]*+action input\s*:|^[^\w\n]*+(?:tool|function)[ _]call\s*:"),
        ("~~~ ``` \"\"\" '''", r"^(?:~{3,}|`{3,}|\"{3,}|'{3,})"),
        (
            "end clos stop finish",
            r"^[^\w\n]*+(?:end|close|closing|stop|finish)(?: of)?(?: the)? (?:sources?|untrusted|user|input"
            r"|data|context|materials?|documents?|prompt"
            r"|instructions?|system|conversation|external)(?: (?:input|text|data|content|section|block|message"
            r"|documents?|sources?))?(?: here)?[^\w\n]*$",
        ),
        (
            "end stop over finish",
            r"^[^\w\n]*+(?:the )?(?:sources?|materials?|documents?|input|user input|data|text)(?: section|"
            r" block)? (?:ends?|stops?|is over|finishe[sd])(?: here| now)?\b",
        ),
        ("<<", r"<<\s*/?\s*\w+\s*>>"),
        (
            "source material document reference input",
            r"^[^\w\n]*(?:the )?(?:sources?|materials?|documents?|references?|inputs?|user data)(?: (?:is|are"
            r"|was|were))? (?:complete|completed|done|finished|ended|over)"
            r"[^\w\n]*$",
        ),
        ("end of", r"\bend of (?:the )?(?:sources?|untrusted|user input|input|materials?)\b"),
        (
            "begin start",
            r"^[^\w\n]*+(?:begin|start)(?:ning)?(?: of)? (?:the )?(?:new |system )(?:instructions?|prompt"
            r"|message|conversation)[^\w\n]*$",
        ),
    )
)
"""Marks that pretend to end a source or to begin another speaker; the whole line goes. Read in folded text, and only
where one of the hints stands in it."""

FENCE = re.compile(r"^(?:~{3,}|`{3,}|\"{3,}|'{3,})")
"""A line that opens or closes a fence."""

ROLE = re.compile(r"^[^\w\n]*+(system|assistant|user|human|ai|model)\s*[:：]", re.M)
"""Two different ones make a forged conversation."""

REACT = re.compile(r"^[^\w\n]*+(thought|action|observation)\s*[:：]", re.M)
"""Thought and action together mimic a program that calls tools."""

KEYWORDS = frozenset(
    [
        "ignore",
        "ignoring",
        "previous",
        "instruction",
        "instructions",
        "disregard",
        "forget",
        "override",
        "overrule",
        "system",
        "prompt",
        "prompts",
        "output",
        "print",
        "reply",
        "respond",
        "answer",
        "reveal",
        "repeat",
        "rules",
        "guidelines",
        "directives",
        "commands",
        "candidate",
        "candidates",
        "applicant",
        "applicants",
        "recommend",
        "assistant",
        "language",
        "model",
        "everything",
        "earlier",
        "preceding",
        "resumes",
        "resume",
        "statements",
        "highest",
    ]
)
"""Words whose misspellings are read as them."""

MIRROR_KEYS = (
    "ignore",
    "instruction",
    "disregard",
    "forget the",
    "forget your",
    "forget all",
    "output the",
    "print the",
    "reply only",
    "respond",
    "reveal",
    "prompt",
    "the word",
    "system:",
    "overrule",
    "recommend",
    "忽略",
    "无视",
    "指令",
    "输出",
    "提示词",
)
"""A text that holds one of these backwards or in rot13 is read that way."""

TO_PEOPLE = re.compile(
    r"\b(?:cover letters?|subject line|subject of|in the subject|e ?mails?|application form|interview|phone calls?)\b"
)
"""What only somebody who applies writes or does."""
