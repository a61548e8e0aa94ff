"""What the words of résumés mean to the checker: fillers, spellings of one thing, degrees, certificates, places."""

import re


def _set(*texts: str) -> frozenset[str]:
    return frozenset(" ".join(texts).split())


CERTIFIED = "§certified"
"""The token of every word that says that something is certified or licensed."""
DEGREE = "§degree"
"""Begins the token of a degree; its rank follows, from 0 (junior high school) to 5 (doctorate)."""

FILLERS = _set(
    "a an the and or of in on at to for from by with within into over under up out as is are was were be been being am",
    "has have had having do does did done can could will would may might shall should must i my me we our you your he",
    "she his her its it they their them this that these those there who whom which what when where while since until",
    "till between during about around per both each every all any some such so than then too very well more most other",
    "own via etc s t re ve ll d m present now current currently ongoing today",
    "work works worked working job jobs position role employed employ employer employment hired",
    "experience experienced experiences skill skills skilled proficient proficiency knowledge knowledgeable familiar",
    "familiarity expert expertise competent capable able ability background strong solid good excellent great proven",
    "responsible responsibility responsibilities duty duties including include includes included such",
    "using use uses used hold holds held holder holding possess possesses performed perform performs performing",
    "served serve serves serving provided provide provides providing handled handle handles handling carried carry",
    "complete completes completed gained obtained received earned attained graduate graduated graduates graduating",
    "degree degrees study studies studied studying member willing available comfortable interested seeking looking",
    "card ready prefer preferred preferably required require requires plus needed need needs desired minimum least",
    "approximately former formerly previous previously past earlier later began begun begin begins started start",
    "starts joined join left leave along together also like team bilingual language languages speaks speak spoken",
    "speaker speakers various several many role roles exp task tasks hands practical demonstrated successful",
    "successfully effective effectively field fields area areas",
)
"""English words that claim nothing by themselves."""

LIGHT = _set(
    "answer answers answered answering arrange arranges arranged arranging conduct conducts conducted conducting",
    "coordinate coordinates coordinated coordinating create creates created creating deliver delivers delivered",
    "delivering ensure ensures ensured ensuring execute executes executed executing give gives gave giving",
    "keep keeps kept keeping make makes made making produce produces produced producing",
    "prepare prepares prepared preparing take takes took taking write writes wrote writing",
)
"""Verbs that a list of duties leaves out: who lists "incident reports" wrote them."""

HAN_FILLERS = re.compile(
    "希望|期望|意向|求职|应聘|可以上|能上|能够上|会使用|熟悉|熟练|掌握|精通|擅长|了解|会用|使用|运用|利用|能够|可以|可接受|接受|具备|具有|拥有|持有|取得|获得|考取|通过|负责|参与|承担|从事|进行"
    "|完成|担任|曾任|现任|任职|就职|入职|加入|任教|工作|经验|经历|相关|方面|能力|技能|岗位|职位|职务|学历|学位|毕业|专业|软件|工具|系统|以及"
    "|数据库|愿意|以上|左右|累计|期间|目前|现在|至今|曾经|曾在|做过|达到|良好|优秀|较强|丰富|扎实|个人|本人|主要|协助|具体|优先|要求|需要"
    "|[的了和与及或在于从为是有会能可任做用至到起把对将由等也并又兼年月日多余被给让曾过名个人件项位家次]"
)
"""Chinese words that claim nothing by themselves."""

HAN_SPELLINGS = (
    *(("驾驶证", "驾照"), ("驾驶执照", "驾照"), ("资格证书", "资格证"), ("执业证书", "执业证"), ("证书", "证")),
    *(("股份有限公司", "公司"), ("有限责任公司", "公司"), ("有限公司", "公司")),
)
HAN_DEGREES = (
    *(
        ("硕士研究生", "4"),
        ("博士研究生", "5"),
        ("初中", "0"),
        ("高中", "1"),
        ("中专", "1"),
        ("职高", "1"),
        ("技校", "1"),
    ),
    *(("大专", "2"), ("专科", "2"), ("本科", "3"), ("学士", "3"), ("硕士", "4"), ("研究生", "4"), ("博士", "5")),
)
HAN_CERTIFIED = re.compile("证|资格|执照|驾照|职称|认证")

# the words of a phrase → what they stand for
_ALIASES: dict[str, str] = {
    **dict.fromkeys(("high school", "high school diploma", "ged"), f"{DEGREE}1"),
    **dict.fromkeys(("associate s degree", "associate degree", "associates degree", "associate of"), f"{DEGREE}2"),
    **dict.fromkeys(("associate s", "a.a", "a.s", "a.a.s", "aa in", "aas in"), f"{DEGREE}2"),
    **dict.fromkeys(
        ("associate of arts", "associate of science", "associate in arts", "associate in science"), f"{DEGREE}2"
    ),
    **dict.fromkeys(("bachelor", "bachelors", "b.a", "b.s", "ba in", "bs in", "undergraduate degree"), f"{DEGREE}3"),
    **dict.fromkeys(("bachelor of arts", "bachelor of art"), f"{DEGREE}3"),
    **dict.fromkeys(("bsc", "b.sc", "bachelor of science", "b.eng", "beng", "b.tech", "btech", "b.ed"), f"{DEGREE}3"),
    **dict.fromkeys(("bba", "b.b.a"), f"{DEGREE}3 business administration"),
    **dict.fromkeys(("bsn", "b.s.n"), f"{DEGREE}3 nursing"),
    **dict.fromkeys(("master s", "master of", "masters", "master degree", "master in", "m.a", "m.s"), f"{DEGREE}4"),
    **dict.fromkeys(("ma in", "ms in", "msc", "m.sc", "master of science", "master of arts"), f"{DEGREE}4"),
    **dict.fromkeys(("m.eng", "meng", "m.ed", "m.phil"), f"{DEGREE}4"),
    **dict.fromkeys(("mba", "m.b.a"), f"{DEGREE}4 business administration"),
    **dict.fromkeys(("msn", "m.s.n"), f"{DEGREE}4 nursing"),
    **dict.fromkeys(("phd", "ph.d", "doctorate", "doctor of", "doctor of philosophy", "dphil"), f"{DEGREE}5"),
    **dict.fromkeys(("doctoral degree", "d.phil"), f"{DEGREE}5"),
    **dict.fromkeys(("commercial driver s license", "commercial driver s licence", "cdl"), f"cdl {CERTIFIED}"),
    **dict.fromkeys(("commercial drivers license", "commercial driver license"), f"cdl {CERTIFIED}"),
    **dict.fromkeys(("registered nurse", "registered nurses"), "rn"),
    **dict.fromkeys(("certified nursing assistant", "certified nurse aide", "certified nurse assistant"), "cna"),
    **dict.fromkeys(("certified nursing aide", "certified nurses aide", "certified nurse s aide"), "cna"),
    **dict.fromkeys(("nurse registered", "nurses registered", "registered nursing"), "rn"),
    **dict.fromkeys(("vice president", "vp", "v.p"), "vp"),
    **dict.fromkeys(("over the road", "otr"), "otr"),
    **dict.fromkeys(("profit and loss", "profit & loss", "p&l", "p l"), "pnl"),
    **dict.fromkeys(("customer relationship management", "crm"), "crm"),
    **dict.fromkeys(("user experience", "ux"), "ux"),
    **dict.fromkeys(("user interface", "ui"), "ui"),
    **dict.fromkeys(("machine learning", "ml"), "ml"),
    **dict.fromkeys(("natural language processing", "nlp"), "nlp"),
    "certified public accountant": "cpa",
    **dict.fromkeys(("licensed practical nurse", "licensed practical nurses"), "lpn"),
    "project management professional": "pmp",
    "chartered financial analyst": "cfa",
    **dict.fromkeys(("human resources", "human resource"), "hr"),
    **dict.fromkeys(("words per minute", "words a minute"), "wpm"),
    **dict.fromkeys(("search engine optimization", "search engine optimisation"), "seo"),
    **dict.fromkeys(("point of sale", "point of sales"), "pos"),
    "quality assurance": "qa",
    **dict.fromkeys(("pound", "pounds", "lbs"), "lb"),
    **dict.fromkeys(("microsoft excel", "ms excel"), "excel"),
    **dict.fromkeys(("microsoft word", "ms word"), "word"),
    **dict.fromkeys(("microsoft office", "ms office"), "office"),
    "amazon web services": "aws",
    "google cloud platform": "gcp",
}
ALIASES: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    first: tuple(
        sorted(
            ((tuple(key.split()), tuple(said.split())) for key, said in _ALIASES.items() if key.split()[0] == first),
            key=lambda pair: -len(pair[0]),
        )
    )
    for first in {key.split()[0] for key in _ALIASES}
}
"""By their first word, the phrases that stand for something, longest first."""

_CERTIFIED = _set(
    "certified certificate certification certifications certificates credential credentials licensed licence license",
    "licences licenses licensure endorsement",
)
_SAME = (
    "drive drove driven drives driving driver drivers",
    "teach taught teaches teaching teacher teachers instructor instructors",
    "lead led leads leading leader leaders leadership supervise supervised supervises supervising"
    " supervisor supervisors supervisory supervision",
    "sell sold sells selling seller sellers sale sales",
    "manage manages managed managing manager managers management mgr oversaw oversee oversees overseeing ran runs run",
    "staff employee employees people personnel workforce",
    "write wrote writes writing written",
    "keep kept keeps keeping",
    "develop built build builds building developed developer developers develops developing development",
    "maintain maintenance maintained maintains maintaining upkeep",
    "car automotive automobile auto vehicle vehicles cars",
    "customer customers client clients clientele guest guests patron patrons",
    "repair repairs repaired repairing fix fixes fixed fixing",
    "intern internship internships interned interns interning",
    "technician technicians tech techs",
    "honor honorable honorably honourable",
    "prepare prep preparation prepared prepares preparing",
    "assist assistant assistants assistance assisting assists assisted asst aide aides aid help helped helps",
    "coach coached coaches coaching",
    "process processed processes processing",
    "greet greets greeted greeting",
    "doctor doctors dr physician physicians",
    "month monthly months",
    "week weekly weeks",
    "day daily days",
    "year yearly annual annually years",
    "optimize optimisation optimization optimise optimised optimized optimizing optimising",
    "organize organise organised organized organizing organising organisation organization organizational",
    "analyze analyse analysis analyst analysts analytics analytical analyzed analysed analyzing analysing",
    "representative representatives rep reps",
    "clerk clerks clerical",
    "reception receptionist receptionists",
    "administrative admin administration administer administered administers administrator administrators",
    "senior sr",
    "junior jr",
    "department departments departmental dept depts",
    "government governmental govt gov",
    "international intl",
    "engineer engineers engineering engineered engr",
    "coordinate coordinates coordinated coordinating coordination coordinator coordinators coord",
    "buy buys bought buying buyer buyers purchase purchases purchased purchasing purchaser procure procurement",
    "grow grew grown grows growing growth increase increases increased increasing raise raised raising boosted boost",
    "reduce reduces reduced reducing reduction decrease decreased decreasing lower lowered lowering cut cutting",
    "deliver delivers delivered delivering delivery deliveries",
    "phone phones telephone telephones",
    "attorney attorneys lawyer lawyers",
    "janitor janitors janitorial custodian custodians custodial",
    "waiter waiters waitress waitresses",
    "account accounts accountant accountants accounting accountancy",
    "electrician electricians electrical",
    "machinist machinists machining",
    "consult consults consulted consulting consultant consultants consultancy",
    "assemble assembles assembled assembling assembler assemblers assembly",
    "therapy therapist therapists therapies",
    "bake bakes baked baking baker bakers bakery",
    "hire hires hiring recruit recruits recruited recruiting recruiter recruiters recruitment",
    "child children kid kids",
    "design designs designed designing designer designers",
    "advertise advertises advertised advertising advertisement advertisements",
    "communicate communicates communicated communicating communication communications communicator",
    "strategy strategies strategic",
    "library librarian librarians",
    "photograph photographs photographer photographers photography",
    "program programs programme programmes programming programmed programmer programmers",
    "labor labour laborer labourer laborers",
    "center centre centers centres",
    "color colour colors colours",
    "catalog catalogue",
    "ship ships shipped shipping shipment shipments",
)
SAME: dict[str, str] = {
    **{word: group.split()[0] for group in reversed(_SAME) for word in group.split()},
    **dict.fromkeys(_CERTIFIED, CERTIFIED),
}
"""English words that say the same in a résumé, irregular forms first of all."""

CERTIFICATES = _set(
    "cpa cfa cfp acca pmp prince2 csm cissp cisa cism ceh ccna ccnp ccrn cna rn lpn emt cdl bls acls pals cpr osha",
    "servsafe twic ase shrm phr sphr sigma capm comptia itil tesol tefl celta toefl ielts ptcb cpht nclex notary catti",
    "tem cet jlpt istqb hazwoper epa",
)
"""Certificates whose name alone says what they are."""

SEEKING = re.compile(
    r"\b(?:seek(?:s|ing)?|looking for|interest(?:ed)? in|open to|would like|hop(?:es?|ing) to|want(?:s|ing)?"
    r"|appl(?:y|ies|ying)|aim(?:s|ing)?|prefers|aspir(?:es|ing))\b"
    r"|希望|期望|意向|应聘|想在|想去|想做|求职|感兴趣|有兴趣|目标|寻求|寻找"
)
"""What somebody wants is no claim to have it."""

NEGATION = re.compile(
    r"\b(?:no|not|never|without|neither|nor|lacks?|lacking|cannot|unable)\b(?!-)|n['’]t\b"
    r"|没有|没|无(?![人线锡纺损菌])|不(?![锈同断良动限仅])|未(?!来)|尚未|缺乏"
)

ORGANISATION = re.compile(
    r"\b(?:inc|llc|llp|ltd|limited|gmbh|corp|corporation|plc|group|bank|hospital|clinic|university|college)\b\.?"
    r"|公司|集团|银行|医院|大学|学院|学校|酒店|宾馆|事务所|研究院|研究所|超市"
)

STATES = _set(
    "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho illinois",
    "indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri",
    "montana nebraska nevada hampshire jersey mexico york carolina dakota ohio oklahoma oregon pennsylvania",
    "tennessee texas utah vermont virginia washington wisconsin wyoming columbia remote usa uk germany france",
)
CITIES = _set(
    "london paris berlin munich hamburg zurich basel geneva vienna stockholm oslo dublin madrid barcelona amsterdam",
    "chicago boston seattle denver atlanta houston dallas austin phoenix portland newark tampa miami toronto vancouver",
    "sydney melbourne singapore tokyo dubai mumbai delhi bangalore birmingham manchester leeds glasgow edinburgh",
    "北京 上海 广州 深圳 杭州 南京 武汉 成都 重庆 西安 天津 苏州 郑州 长沙 青岛 济南 大连 沈阳 厦门 宁波 无锡",
    "佛山 东莞 合肥 昆山 福州 昆明 哈尔滨 长春 石家庄 太原 南昌 贵阳 南宁 兰州 海口 珠海 中山 惠州 常州 温州",
    "香港 台北 山东 广东 江苏 浙江 远程",
)
"""Places that are not taken for companies where a job names them."""

HEADINGS = frozenset(
    (
        *("summary", "profile", "objective", "skills", "key skills", "core skills", "technical skills", "experience"),
        *("work experience", "professional experience", "professional summary", "employment history", "work history"),
        *("education", "certifications", "certificates", "languages", "qualifications", "personal information"),
        *("additional information", "about me", "个人简介", "自我评价", "个人信息", "基本信息", "工作经历", "工作经验"),
        *(
            "教育背景",
            "教育经历",
            "专业技能",
            "技能",
            "技能特长",
            "证书",
            "求职意向",
            "项目经历",
            "职业技能",
            "个人优势",
            "简历",
        ),
    )
)
"""Headings of résumés; one that stands in no source states nothing."""
