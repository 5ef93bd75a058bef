"""The words that bylines are made of, besides names. An editor may extend these.

All words are folded (small letters, no accents), as `clipper.text.fold` gives them.
"""

from __future__ import annotations


def _table(lines: str) -> frozenset[str]:
    return frozenset(lines.split())


def _phrases(lines: str) -> tuple[str, ...]:
    """Phrases between bars, longest first, so that alternatives match the longest."""
    found = {phrase.strip() for phrase in lines.replace("\n", " ").split("|")} - {""}
    return tuple(sorted(found, key=len, reverse=True))


AGENCIES = {
    "Associated Press": ("associated press", "the ap", "ap news", "ap"),
    "Reuters": ("thomson reuters", "reuters"),
    "Agence France-Presse": ("agence france-presse", "agence france presse", "afp"),
    "EFE": ("agencia efe", "efeusa", "efe"),
    "dpa": ("deutsche presse-agentur", "deutsche presse agentur", "dpa"),
    "United Press International": ("united press international", "upi"),
    "Tribune News Service": ("tribune news service", "tribune content agency", "tns"),
    "Bay City News": ("bay city news service", "bay city news foundation", "bay city news", "bcn"),
    "City News Service": ("city news service",),
    "CalMatters": ("calmatters",),
    "Cal News": ("california news service",),
    "Europa Press": ("europa press", "europapress"),
    "Notimex": ("notimex",),
    "Agencia Reforma": ("agencia reforma",),
    "El Universal (agency)": ("agencia el universal",),
    "Prensa Latina": ("prensa latina",),
    "Télam": ("telam",),
    "Colpisa": ("colpisa",),
    "Servimedia": ("servimedia",),
    "Xinhua": ("xinhua news agency", "xinhua"),
    "Kyodo": ("kyodo news", "kyodo"),
    "Jiji Press": ("jiji press", "jiji"),
    "Yonhap": ("yonhap news agency", "yonhap"),
    "Bloomberg": ("bloomberg news", "bloomberg"),
    "Press Association": ("press association", "pa media"),
    "Canadian Press": ("the canadian press", "canadian press", "la presse canadienne"),
    "ANSA": ("ansa",),
    "Adnkronos": ("adnkronos",),
    "APA": ("austria presse agentur",),
    "Keystone-SDA": ("keystone-sda",),
    "sid": ("sport-informations-dienst",),
    "epd": ("evangelischer pressedienst", "epd"),
    "KNA": ("katholische nachrichten-agentur",),
    "NTB": ("ntb",),
    "TT": ("tt nyhetsbyran",),
    "Ritzau": ("ritzaus bureau", "ritzau"),
    "STT": ("stt",),
    "ANP": ("anp",),
    "Belga": ("belga",),
    "PAP": ("polska agencja prasowa",),
    "TASS": ("tass",),
    "Interfax": ("interfax",),
    "PTI": ("press trust of india", "pti"),
    "ANI": ("asian news international", "ani"),
    "IANS": ("ians",),
    "Anadolu": ("anadolu agency", "anadolu"),
    "Lusa": ("agencia lusa", "lusa"),
    "Agência Brasil": ("agencia brasil",),
    "Religion News Service": ("religion news service", "rns"),
    "Catholic News Service": ("catholic news service",),
    "KFF Health News": ("kff health news", "kaiser health news", "khn"),
    "Stateline": ("stateline",),
    "States Newsroom": ("states newsroom",),
    "Cronkite News": ("cronkite news",),
    "Capital News Service": ("capital news service",),
    "McClatchy": ("mcclatchy news", "mcclatchydc", "mcclatchy washington bureau"),
    "Gannett": ("gannett news service",),
    "USA Today Network": ("usa today network",),
    "Inter Press Service": ("inter press service", "ips"),
    "Newsday wire": ("newsday wire services",),
    "Washington Post News Service": ("washington post news service",),
    "New York Times News Service": ("new york times news service", "nyt news service"),
    "CNN Wire": ("cnn newsource", "cnn wire"),
    "Global News Service": ("globe newswire", "globenewswire"),
    "PR Newswire": ("pr newswire", "prnewswire"),
    "Business Wire": ("business wire", "businesswire"),
}
"""Agencies by the name that is shown, and the spellings that stand for them.

Spellings of up to four letters count only in capitals, or when nothing else stands there.
"""

# ---------------------------------------------------------------- what introduces names

INTRODUCTIONS = _phrases("""
    by | by: | written by | story by | stories by | words by | text by | text and photos by |
    story and photos by | words and photos by | article by | report by | reported by |
    reporting by | writing by | reporting and writing by | posted by | published by |
    submitted by | contributed by | compiled by | commentary by | analysis by | opinion by |
    column by | review by | interview by | guest commentary by | guest column by | author |
    authors | writer | byline | words | text | by-line | von | ein kommentar von |
    eine analyse von | ein gastbeitrag von | aus der redaktion von | geschrieben von | autor |
    autoren | autorin | por | escrito por | redactado por | publicado por | texto | texto de |
    texto por | texto y fotos | un reportaje de | una cronica de | un articulo de | autora |
    autores | autoria | par | ecrit par | publie par | redige par | propos recueillis par |
    article de | auteur | auteurs | texte | di | a cura di | scritto da | autore | articolo di |
    door | geschreven door | tekst | auteur: | av | skrevet av | skriven av | af | skrevet af |
    tekst og foto | tekst av | text av | oleh | penulis | yazan | yazar | tac gia | автор |
    авторы | текст | napisał | autor tekstu | opracowanie | 作者 | 撰文 | 記者 | 记者 | 執筆 |
    取材 | 取材・文 | بقلم | كتب | كتبت
""")
"""What stands before the names. Those of one short word need a capital letter after them."""

OTHER_CRAFTS = _phrases("""
    photo | photos | photo by | photos by | photography by | photograph by | photo courtesy of |
    photo illustration by | pictures by | images by | image by | image | illustration by |
    illustrations by | illustration | art by | graphic by | graphics by | graphic | video by |
    video | videos by | audio by | edited by | editing by | copy edited by | reviewed by |
    fact-checked by | fact checked by | medically reviewed by | translated by | translation by |
    produced by | design by | foto | fotos | foto de | fotos de | foto von | fotos von | foto: |
    fotografia | fotografias | fotografia de | imagen | imagenes | ilustracion | ilustracion de |
    video de | editado por | traduccion de | traducido por | traduction de | traduit par |
    photos de | bild | bilder | ubersetzung | ubersetzt von | redigering | foto av | foto af |
    beeld | fotografie | 写真 | 撮影 | 摄影 | 攝影 | 编辑 | 編輯 | 责任编辑
""")
"""People who did not write the words: what they introduce is dropped."""

# ---------------------------------------------------------------- what follows names

ROLE_NOUNS = _table("""
    staff writer writers reporter reporters editor editors correspondent correspondents columnist
    columnists contributor contributors journalist journalists freelancer intern interns
    photographer photojournalist critic producer anchor blogger publisher staffwriter fellow team
    editor-in-chief in-chief at-large editor-at-large professor lecturer president ceo chair
    chairman chairwoman founder co-founder attorney coordinator officer student
    redactor redactora redactores periodista periodistas corresponsal corresponsales editora
    reportero reportera colaborador colaboradora columnista becario becaria director directora
    enviado enviada
    redakteur redakteurin reporterin korrespondent korrespondentin journalistin volontar
    chefredakteur autorin
    redacteur redactrice correspondante journaliste chroniqueur chroniqueuse
    giornalista inviato inviata corrispondente redattore verslaggever kommentator redaktor
    jornalista correspondente colunista
""")
"""Job titles. They end or begin a part beside a name; alone they name nobody."""

ROLE_WORDS = ROLE_NOUNS | _table("""
    contributing freelance associate assistant deputy managing senior junior chief executive special
    guest community opinion opinions politics political sports features metro investigative
    investigations data education health crime courts business breaking enterprise multimedia
    digital web online copy general assignment lead principal national local state statehouse
    foreign international newsroom beat reporting news editorial head city campus lifestyle culture
    arts entertainment science environment housing immigration justice watchdog legal affairs law
    religion faith race equity economy energy technology tech finance military transportation labor
    food travel medical style audience engagement and the of
    jefe jefa especial freier freie envoye envoyee speciale grand
""")
"""What job titles are made of. These count only beside one of `ROLE_NOUNS`."""

GENERIC = _phrases("""
    admin | administrator | administrador | webmaster | web master | webadmin | web admin |
    web editor | web staff | web desk | web team | webdesk | staff | the staff | our staff |
    news staff | staff report | staff reports | staff reporter | staff reporters | staff writer |
    staff writers | from staff reports | staff and wire reports | staff and wire services |
    staff & wire | from staff and wire reports | wire reports | wire report | wire services |
    wire service | news wire | newswire | from wire reports | from news services | news services |
    news service reports | editor | editors | the editor | the editors | news editor | newsroom |
    the newsroom | news desk | newsdesk | news team | digital team | digital desk |
    digital staff | online desk | online staff | city desk | sports desk | sports staff |
    opinion staff | contributor | contributors | guest | guest author | guest contributor |
    guest writer | guest columnist | guest post | special contributor | our correspondent |
    a correspondent | correspondent | special correspondent | our reporter | reporter |
    anonymous | anonimo | unknown | submitted | submitted report | press release | news release |
    sponsored | sponsored content | advertorial | promoted | partner content | user | username |
    root | wpengine | wordpress | author | authors | no author | various authors | various |
    multiple authors | letter writer | letters | letters to the editor | reader | readers | none |
    null | undefined | n/a | na | test | editorial | editorial staff | editorial team | agencies |
    news agencies | redaccion | la redaccion | redaccion digital | redaccion web | agencias |
    agencia | agencias de noticias | varios autores | equipo de redaccion | nota de prensa |
    comunicado | comunicado de prensa | invitado | colaborador | colaboradores | redaktion |
    die redaktion | onlineredaktion | online-redaktion | agenturen | pressemitteilung |
    redaction | la redaction | redaction web | la redaction web | avec agences | agences |
    redazione | la redazione | redazione online | redacao | da redacao | redactie | de redactie |
    onze redactie | redaksjonen | redaksjon | redaktionen | toimitus | redakcja | redakce |
    redaktsiia | редакция | 编辑部 | 編集部 | 本报记者 | 本報記者 | 小编
""")
"""Bylines that name nobody, whole."""

GENERIC_WORDS = _table("""
    staff admin administrator webmaster newsroom desk webdesk newsdesk redaccion redaktion redaction
    redazione redactie redacao redaksjonen redaktionen reports report wire
""")
"""A part that ends with one of these names nobody ("MND Staff", "City Desk")."""

COLLECTIVES = _phrases("""
    editorial board | the editorial board | consejo editorial | junta editorial |
    comite editorial | mesa editorial
""")

ORGANISATIONS = _table("""
    news newspaper newspapers daily weekly times post herald tribune gazette chronicle journal press
    observer examiner bulletin courier register record sentinel review monitor mercury guardian
    independent telegraph standard enquirer inquirer magazine media network networks radio tv
    television broadcasting channel online digital university college institute foundation center
    centre association society union coalition project committee council department office agency
    service services company corporation inc llc ltd group bureau desk team wire board party school
    district county church initiative alliance campaign fund collective watch rights club
    diario periodico noticias prensa agencia revista universidad instituto fundacion asociacion
    colectivo sindicato ayuntamiento gobierno ministerio canal grupo
    zeitung nachrichten anzeiger rundschau verlag presse journal radio gmbh
    quotidien giornale gazzetta corriere
    ediciones edicions edicoes editions edizioni publishing publications publishers
    krant dagblad avis avisa tidning
    nexus standard-examiner union-tribune democrat republican sun-times globe
    dailies newsletter podcast blog
""")
"""Words that no personal name holds at its end."""

FOLLOWED = _phrases("""
    special to | special for | especial para | exclusive to | for the | for | of the | of |
    from the | from | with the | at the | at | via | courtesy of | para | pour | fur | voor |
    per il | per la | as told to | in | en | aus | desde | i
""")
"""What may stand between a name and the name of an outlet or place; what follows is dropped."""

INVITATIONS = _table("""
    follow follows email e-mail contact subscribe click updated published posted modified created
    added comments comment minutes ago twitter facebook instagram linkedin copyright biography
    contributed contributes reports covers writes is are was has can who on about
    sigue siga seguir actualizado actualizada publicado publicada leer compartir contacto
    publie modifie aktualisiert veroffentlicht oppdatert publisert publicerad uppdaterad opdateret
    aggiornato pubblicato geplaatst bijgewerkt
""")
"""From such a word on, a part says something else than a name."""

WEAK_INVITATIONS = _table("""
    read view see more share sign reach call visit last min mins minute hour hours listen print save
    stand mis bio profile
""")
"""The same, but some are surnames too: they count from the third word on, or in small letters."""

SUFFIXES = {
    "jr": "Jr.", "sr": "Sr.", "ii": "II", "iii": "III", "iv": "IV", "v": "V", "2nd": "2nd",
    "3rd": "3rd",
}  # fmt: skip
"""Part of the name, and how they are written."""

DEGREES = _table("""
    phd md ma ba bs bsc msc mba jd esq rn bsn msn dds dvm do mph mpp mpa mfa cpa llm edd psyd lcsw
    msw pharmd rd rdn facp faap pe obe mbe cbe mp mep mla mpp qc kc sj op osb ofm
""")
"""Not part of the name. Compared without dots; capitals needed when no dot stands there."""

HONORIFICS = _table("""
    dr dra prof profa mr mrs ms mx sr sra srta don dona rev fr br sir dame herr frau hon monsieur
    madame mme lic ing msgr pastor rabbi imam father sister
""")

PARTICLES = _table("""
    de del la las los da das do dos di della dello dei degli van der den von zu zur zum ter ten te
    y e bin ibn al el ben bat af av und le du des vom op 't d' und
""")
"""Small words inside names; in small letters when capitals are undone."""

ONSETS = _table("""
    bh bj bl br ch cl cr cz dh dj dl dm dr dv dw dy dz fj fl fr gd gh gj gl gn gr gw hj hl hr hv jh
    kh kj kl km kn kr kv kw ll lh lj ly mb mc mk ml mn mp mr ms mv mw nd ng nh nj nk ns nt nw ny nz
    pf ph pl pr ps pt qu qw rh rz sb sc sf sg sh sj sk sl sm sn sp sq sr ss st sv sw sy sz tc td tg
    th tj tk tl tr ts tv tw tz vl vr wh wl wr xh xl ys yv zb zd zg zh zl zm zn zv zw ff
""")
"""Pairs of consonants with which names begin, of many languages; acronyms begin with others too
("WBEZ", "KQED", "MND")."""

HOUSE_OPENERS = _table("""
    ediciones editorial editora editions edicions edicoes edizioni casa grupo groupe gruppo diario
    periodico semanario revista redaccion redaktion redaction redazione redacao the el la
""")
"""What a publishing house sets before its paper's name ("Ediciones El País")."""

HOUSE_CLOSERS = _table("""
    staff team news desk media group sl sa slu sau sas srl spa inc llc ltd gmbh ag ab as cv de
""")
"""What a house sets behind its paper's name, legal forms among them."""

SURNAMES_TOO = frozenset({"bloomberg", "ansa", "lusa", "belga", "stateline"})
"""Agencies' spellings that are people's names as well: not read as an agency after a first name."""

CONJUNCTIONS = (
    "and", "und", "et", "e", "y", "og", "och", "with", "con", "mit", "avec", "ja", "и", "та",
)  # fmt: skip
"""What joins two names."""

MONTHS = _table("""
    january february march april may june july august september october november december jan feb
    mar apr jun jul aug sep sept oct nov dec enero febrero marzo abril mayo junio julio agosto
    septiembre setiembre octubre noviembre diciembre ene abr ago dic januar februar marz mai juni
    juli oktober dezember janvier fevrier mars avril juin juillet aout septembre octobre novembre
    decembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
""")
WEEKDAYS = _table("""
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun
    lunes martes miercoles jueves viernes sabado domingo montag dienstag mittwoch donnerstag freitag
    samstag sonntag today yesterday hoy ayer am pm a.m p.m noon edt est pdt pst cdt cst gmt utc
""")

PLACES = frozenset(
    _phrases("""
    washington | washington d.c | washington dc | new york | new york city | los angeles |
    san francisco | san diego | san jose | san bernardino | santa barbara | santa cruz |
    sacramento | oakland | fresno | bakersfield | riverside | adelanto | victorville | stanford |
    berkeley | palo alto | seattle | portland | chicago | boston | houston | dallas | austin |
    san antonio | el paso | phoenix | tucson | denver | las vegas | salt lake city | albuquerque |
    santa fe | atlanta | miami | orlando | tampa | new orleans | nashville | memphis | detroit |
    philadelphia | pittsburgh | baltimore | cleveland | columbus | cincinnati | minneapolis |
    st. louis | kansas city | united nations | london | paris | berlin | madrid | barcelona |
    sevilla | valencia | zaragoza | bilbao | mexico city | ciudad de mexico | tijuana |
    guadalajara | monterrey | ciudad juarez | buenos aires | bogota | lima | santiago de chile |
    la habana | san salvador | tegucigalpa | guatemala | san juan | bruselas | brussels | rome |
    roma | geneva | jerusalem | gaza | cairo | beirut | baghdad | kabul | islamabad | new delhi |
    mumbai | beijing | hong kong | tokyo | seoul | sydney | johannesburg | nairobi | lagos |
    moscow | kyiv | ottawa | toronto | montreal | vancouver | calif | california | texas |
    arizona | florida | nevada | oregon | colorado | n.y | d.c | mexico | usa | u.s |
    estados unidos
""")
)
"""Places that bylines and datelines name; never taken for a person."""

NO_DATELINE = _table("""
    update updated updates breaking watch opinion editorial exclusive correction corrected note
    editor editors review analysis video photos photo live listen read developing warning spoiler
    commentary obituary letter letters sponsored advertisement alert column q&a q a the what why how
    who when where question answer faq new ultima urgente opinion actualizacion exclusiva nota
    fotos entrevista analisis editorial directo podcast i we it and but no yes ok
""")
"""Openers in capitals that are no places."""
