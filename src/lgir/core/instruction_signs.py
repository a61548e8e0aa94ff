"""Weaker signs that a sentence speaks to a language model: none is enough, several are.

The rules of `instruction_rules` know how attacks are usually worded. These know what they are about: somebody who is
told to talk, what the talk shall contain, text that only the reader of a prompt has before it, other people's data,
first places. What people who apply for a job are asked counts against it.
"""

import re
from dataclasses import dataclass

from lgir.core.instruction_rules import in_words

ENOUGH = 8
"""From this sum on a sentence speaks to a model."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign.

    Attributes:
        weight: what it adds; below 0 it speaks for an ordinary sentence.
        triggers: a text without any of these words is not searched; empty: every text is.
        words: its pattern, in text with marked clauses.
        leads: a sentence without any such sign is not looked at.
    """

    weight: int
    triggers: frozenset[str]
    words: re.Pattern[str]
    leads: bool = False


def _sign(weight: int, pattern: str, triggers: str = "", *, leads: bool = False) -> Sign:
    words = in_words(pattern)
    whole = words if pattern.startswith(("^", "[")) else rf"(?:{words})\b"
    return Sign(weight, frozenset(triggers.split()), re.compile(whole, re.M), leads)


SIGNS: tuple[Sign, ...] = (
    # told to talk
    _sign(
        4,
        "^(say|reply|respond|answer|output|print|emit|echo|repeat|quote|paste|dump|recite|acknowledge|type out"
        "|sign off|confirm with|spell out"
        "|talk|utter|sign (everything|it|this|every|each)|reproduce|transcribe|narrate|retell|recount|disclose"
        "|reveal|hand (over|back|me|us)"
        "|generate|prepend|swap|replace|substitute|rephrase|rewrite|exaggerate|inflate|fabricate|boost|bump|pin)\\b",
        leads=True,
    ),
    _sign(
        3,
        "^(write( down)?|state|claim|describe|mention|list|add|append|insert|attach|copy|begin|start|finish"
        "|end|open|close|conclude"
        "|translate|explain|tell|speak|give|show|pretend|treat|count|assume|regard|embellish|invent|rank|score"
        "|rate|place|keep|put|include"
        "|recommend|imagine|use|call|make|take)\\b",
        leads=True,
    ),
    _sign(
        3,
        "(you (play|act|speak|answer|become|can print|talk|behave|reply)|(it|he|she|they|i) (said|wrote|told)"
        " (it )?myself)",
        "you myself",
        leads=True,
    ),
    _sign(
        3,
        "((all|what|the only thing) (that )?(i|we) (really |actually )?(want|need|ask|expect)( back)?|it is"
        " (fine|ok|okay|safe|allowed|permitted|all right) (to|for you)|you are (free|allowed|welcome) to"
        "|feel free to|(reader|assistant|system|machine|program|one|anyone|whoever|everyone|screeners?"
        "|engines?|bots?)( who| that)?( is| are)? reading (this|these))",
        leads=True,
    ),
    _sign(3, "(which|what|who|how|where|could|can|would|will|did|do|does|have|may i|show me|let me) [^\\n]{3,120}\\?"),
    _sign(
        4,
        "(your (creators?|developers?|makers?|designers?|programmers?|operators?|trainers?|handlers?|masters?"
        "|owners?)|(made|built|trained|programmed|configured|designed) you|you (have |had )?"
        "(just |already )?(handled|helped|met|served|saw|seen|processed|treated|completed|summari[sz]ed|worked"
        " on|dealt with|looked at|been (given|told|shown))( (this morning|today|yesterday|earlier|before|so far"
        "|last|this week|until now))?)",
        "you your",
        leads=True,
    ),
    _sign(
        4,
        "((boost|raise|multiply|double|triple|increase|lower|reduce|halve) [^\\n]{0,30}(weight|score|rank"
        "|ranking|listing|posting|position|vacancy|resume|profile|visibility)|(stop|cease|quit|no need for)"
        " (reading|processing|considering|looking at|evaluating|comparing) (the |any )?(other|further|more"
        "|remaining)|(scrap|shelve|bin|drop|abandon|forget|ditch) (the|your|that|any) (\\w+ )?(plan|brief"
        "|script"
        "|agenda|mission|task|assignment|job you|schema|structure|template))",
        leads=True,
    ),
    _sign(
        3,
        "(you are \\w+, (an?|the) |you go by|your name is|called \\w+, an? |scribe|goblin|parrot|robot|oracle"
        "|narrator|character|persona|alter ego)",
        "you your called scribe goblin parrot robot oracle narrator character persona alter",
    ),
    # what it shall say
    _sign(
        3,
        "(only|skips? (the rest|everything|all)|the rest|all i need|everything|nothing (but|except|else)"
        "|exactly|just|solely|nobody but|no one but|nothing|regardless|whatever|every other|all other|instead"
        "|blank|in full"
        "|word by word|word for word|verbatim)",
    ),
    _sign(
        3,
        "(word|token|sentence|phrase|line|string|sign off|emoji|rhyme|poem|song|marker|paragraph|password"
        "|keyword|recipe|joke|story|list|result|field|array|(one|another|extra|additional) (more )?(line"
        "|statement|entry))",
        "recipe joke story list result field array entry statement word token sentence phrase line string sign"
        " emoji rhyme"
        " poem song marker paragraph password keyword",
    ),
    _sign(3, "[\"“«‘'][^\"”»’'\\n]{1,80}[\"”»’']"),
    _sign(
        3,
        "((your|the|this|every|each) (final |whole |entire )?(answer|output|completion|response|reply|outputs"
        "|completions)|(completed|finished|generated) (resume|profile|text))",
        "answer output completion response reply outputs completions completed finished generated",
    ),
    # what only the reader of a prompt has before it
    _sign(
        4,
        "((my|the|your) (earlier|first|previous|original|initial|last|opening|preceding) (message|request"
        "|question|prompt|text|task|directions|guidance|words|instructions?"
        "|order|conversation)|told you|asked of you|given to you|(were|was|stood|came|placed|put|written)"
        " before (my|this|the)|(rest|start|beginning|end|remainder) of "
        "(this|the|our) (exchange|conversation|chat|session|prompt|dialogue)|last document|context( window)?"
        "|system (notice|message|prompt|text|instructions)|fresh (request|task|start)"
        "|formatting rules|new format|(final|last|next) step before|before submission|override (is |was"
        " )?(accepted|granted|confirmed)|quality assurance|test (run|mode)|(this|the) (exchange|conversation"
        "|prompt|chat session)|(treat|regard) (it|that|them|everything|this) as (withdrawn|void|over|obsolete"
        "|cancel(l)?ed|a joke|a test))",
        leads=True,
    ),
    _sign(
        4,
        "((completion|writing|ranking|matching|screening|recommend(er|ation)|search|scoring) (service|engine"
        "|model|program|system|bot)s?|language model|llm|chat ?bot|(whoever|whatever|any (system|program|tool"
        "|model|one)) (that |who |which )?"
        "(sorts?|ranks?|reads?|scores?|compares?|evaluates?|processes|matches|lists?|completes|writes)|(these"
        "|the|those) (instructions|directions))",
        leads=True,
    ),
    _sign(
        3,
        "(withdrawn|settled|no longer|removed|lifted|overruled|void|cancel(l)?ed|switched off|do not apply)",
        "withdrawn settled longer removed lifted overruled void cancelled canceled switched apply",
    ),
    # other people's data
    _sign(
        3,
        "((other|another|previous|earlier|competing|remaining|rival|last|next|every|all|other people s)"
        " (resumes?|candidates?|applicants?|users?|profiles?|job seekers?|cvs)( s)?"
        "|everyone (else|who)|everybody (else|who)|anyone (else|who)|before (this|that) (person|one|candidate"
        "|applicant|user)|(people|persons|those) (who|you))",
    ),
    _sign(
        3,
        "(resumes|cvs|phone numbers?|telephone numbers?|e ?mail addresses|contact details|personal (data"
        "|details|information)|profiles|addresses|names of|files of|their (files|data|resumes))",
    ),
    _sign(
        3,
        "(twin|(people|persons|those|candidates|applicants|users) you|merge|restore|competitors?|rivals?|neighbou?rs?)",
        "twin you merge restore competitor competitors rival rivals",
    ),
    # somebody something is said of, and first places
    _sign(
        3,
        "((this|the|that|every|each|any|said) (person|user|candidate|applicant|job seeker|reader|one who reads"
        "|job ?seeker)|(applicants|readers|users|candidates|people|everyone|anyone) (who|that) "
        "(open|read|see|click|visit|view|look)s?|my (history|career|record|past|resume|cv|profile)|(as|like)"
        " something i)",
    ),
    _sign(
        3,
        "((write|say|state|claim|note|add|mention|assume|pretend|put|set) (down )?that|dreams of|already"
        " (holds?|has|have|passed|owns?)|something i (told|said|wrote)|i (told|said) (you|it)|told you myself)",
        leads=True,
    ),
    _sign(
        3,
        "((this|our|my|these) (page|ad|advert|vacancy|vacancies|posting|listing|job ad|one|resume|application"
        "|profile)|ours|mine)",
    ),
    _sign(
        3,
        "(ideal|perfect|best|first|top|highest|full (points|marks|score)|maximum|similarity|1\\.0|100("
        " percent)?|10 out of 10|number one|above|ahead) "
        "(match|fit|score|for (anyone|everyone|anybody|everybody|any|all|every)|regardless|of (every|the|all"
        "|any)|points|marks|result|list|to any|whatever)",
    ),
    _sign(
        3,
        "(factor of|weights?|boost(ed)?|sorts?|sorting|ranks?|ranking|scores?|scoring|graders?|compet(ing"
        "|itors?)|similarity)",
        "factor weight weights boost boosted sort sorts sorting rank ranks ranking score scores scoring grader"
        " graders competing competitor"
        " competitors similarity",
        leads=True,
    ),
    _sign(2, "(must|is to|are to|shall|may (not )?receive|has to|ought to)"),
    # people who apply, and the people they will work with
    _sign(
        -4,
        "(customers?|patients?|guests?|clients?|students?|children|residents|visitors|callers|telephone calls"
        "|phone calls|incoming calls|calls|team members?|co ?workers|colleagues|shoppers|families)",
    ),
    _sign(
        -4,
        "(cover letter|e ?mail|interview|subject line|your (application|resume|availability|name|references"
        "|experience|portfolio|pay)|salary|apply|applying|references|manager|supervisor|hr|human resources"
        "|hiring manager|years of experience|requirements|duties|benefits|shifts?|hourly|per hour)",
    ),
    _sign(
        -3,
        "(reports?|invoices?|labels?|records?|documents?|files|data entry|database|software|api|apis|code"
        "|machine|equipment|orders?|products?|inventory|forms?|schedules?)",
    ),
)


CHINESE_SIGNS: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (weight, re.compile(pattern))
    for weight, pattern in (
        # told to talk
        (
            4,
            "(?:请|只管|直接|将|要|就|后|并|再|反复|只|必须|务必|一律|你)(?:逐字|原样|重新|反复|直接)?(?:回复|回答|输出|打印|回一句|复述|重复|说出|附上|附带|写出|列出"
            "|解释|贴出|念|说一|回我|回)|(?:贴在|贴到|写进|写入|填入|放进|替换|合并|改写|交出|返回|补上)",
        ),
        (3, '[“「『"‘][^”」』"’\n]{1,40}[”」』"’]'),
        (3, "(?:只|仅|反复|无论谁|无论|不管|一律|逐字|原样|都不用|别给|不要给)"),
        (3, "(?:模仿|扮演|假装|视为|当作|视同|润色成|包装成|编造|说成|改成|写成|默认|认定|夸大|虚构|算成)"),
        (8, "把(?:我|本人|他|她|该用户|此人)[^\\n]{0,14}?(?:写成|说成|改成|算成|夸大|包装成|润色成)"),
        (
            4,
            "(?:你|您)的(?:开发者|创造者|主人|训练者|设计者|制作者|老板|管理者)|给(?:了)?你(?:的)?(?:哪些|什么|过)|训练你|设计你",
        ),
        (
            4,
            "(?:今天|上午|下午|刚才|之前|昨天|刚刚|此前)[^\\n]{0,4}?(?:处理|看过|见过|接待|读过|补全)(?:过)?的?[^\\n]{0,4}?(?:几位|人|些|份|简历)",
        ),
        (4, "(?:推荐|搜索|匹配|排序|筛选|评分)(?:引擎|算法|程序|系统|模型|机器人|员)[^\\n]{0,4}?(?:注意|听|看|请)"),
        (3, "(?:权重|加权|调高|提高|翻倍|加倍|十倍|提升)[^\\n]{0,4}?(?:权重|排名|倍|分|优先级|曝光)?"),
        (3, "(?:最后一步|下一步|整个列表|列表里|列表中|全部替换|四个字|三个字|两个字|几个字|这句话|一句话)"),
        (
            4,
            "(?:前头|起初|一开始|原定|最早)的?(?:安排|计划|任务|话|要求|说法)|(?:安排|计划|任务|要求|约定)(?:都)?(?:撤|作罢|取消|改)了",
        ),
        # what only the reader of a prompt has before it
        (
            4,
            "(?:之前|前面|先前|刚才|以上|上面|最初|开头)(?:那些|的那些|这些|那段|的|所有|全部)?(?:话|说明|要求|内容|指示|文字|规则|指令|提示|设定)",
        ),
        (4, "(?:不用|不必|无需|别)(?:再)?(?:听|管|理|遵守|照做)|作废|不算数|重新开始|下面我将|接下来请你|接下来你"),
        (3, "(?:我是|作为)(?:你的|本系统|平台|系统)[^\n]{0,8}(?:人员|员|者|主管|老板|团队)|(?:做|进行|在)测试"),
        # other people's data, and what is said of somebody
        (3, "(?:别人|他人|其他人|其他|别的|所有人|每个人|在我之前|之前投递|上一位|前一位|竞争|同岗位)"),
        (3, "(?:电话|手机|联系方式|简历|资料|档案|证书|经历|履历|邮箱)"),
        (
            3,
            "(?:此人|该用户|该求职者|该候选人|浏览本|浏览者|阅读者|看到本|看到这|凡浏览|凡看到|凡阅读|每位用户|投递的人)",
        ),
        (3, "(?:我的经历|我的简历|我的履历|其简历|他的简历|她的简历|其经历)"),
        # first places
        (3, "(?:我们这条|我们的|本岗位|本职位|本广告|本公司|给我|让我|我们家|我司|这条招聘)"),
        (4, "(?:最上面|最前面|排第一|第一名|满分|高分|置顶|最高分|首位|榜首|头条)"),
        (2, "(?:评分|打分|排序|搜索|推荐|匹配|筛选|显示在)"),
        # people who apply, and the people they will work with
        (-4, "(?:客户|顾客|学生|患者|孩子|家长|来电|来访|客人|游客|业主)"),
        (-4, "(?:面试|薪资|薪酬|工资|邮件主题|您的简历|人事|应聘请|任职|职责|优先|学历|双休|五险|联系我)"),
        (-3, "(?:报表|日报|文件|订单|系统录入|软件|产品|货物|合同|账务|接口)"),
    )
)
"""The same in Chinese, read like `CHINESE` in `instruction_rules_more`."""
