"""Words in written times, in the languages of resources/categories.json: months, weekdays, halves of the day, zones."""

from __future__ import annotations

import re
import unicodedata

# Twelve words in their order, and other spellings; folded, so without accents and dots.
_MONTHS = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "janv fevr mars avr mai juin juil aout sept oct nov dec",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago set oct nov dic",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "januar februar marz april mai juni juli august september oktober november dezember",
    "janner feber mrz apr mai jun jul aug sep okt nov dez",
    "jan feb maerz apr mai jun jul aug sep okt nov dez",
    "ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik",
    "oca sub mar nis may haz tem agu eyl eki kas ara",
    "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "янв фев мар апр мая июн июл авг сен окт ноя дек",
    "янв февр март апр май июн июл авг сент окт нояб дек",
    "січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "січ лют бер квіт трав черв лип серп вер жовт лист груд",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "يناير فبراير مارس إبريل مايو يونيه يوليه أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر أكتوبر نوفمبر ديسمبر",
    "كانون-الثاني شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين-الأول تشرين-الثاني كانون-الأول",
)
_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun",
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mer jeu ven sam dim",
    "lunes martes miercoles jueves viernes sabado domingo mie jue vie sab dom",
    "segunda terca quarta quinta sexta feira seg ter qua qui sex",
    "lunedi martedi mercoledi giovedi venerdi gio",
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so",
    "pazartesi sali carsamba persembe cuma cumartesi pazar pzt sal car per cum cmt paz",
    "понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс",
    "понеділок вівторок середа четвер п'ятниця пятниця субота неділя нд",
    "الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
)
MAR = 3
"""March in seven languages, and Tuesday in three of them, where another word of the text is the month."""

_FILLERS = "t z at as alle las of the de del le el um uhr om st nd rd th г года р року saat ore utc gmt ut zulu"
_AM, _PM = "am a vorm ص صباحا öö oo", "pm p nachm م مساء ös os"
# Minutes east of UTC. Where one word names several zones (CST, IST, BST, AST), the one of Europe and America is taken.
_ZONES = {
    "utc": 0, "gmt": 0, "ut": 0, "z": 0, "zulu": 0, "wet": 0, "west": 60, "cet": 60, "cest": 120, "mez": 60,
    "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "trt": 180, "est": -300, "edt": -240, "cst": -360, "cdt": -300,
    "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "akdt": -480, "hst": -600, "ast": -240,
    "adt": -180, "nst": -210, "ndt": -150, "bst": 60, "ist": 330, "pkt": 300, "npt": 345, "jst": 540, "kst": 540,
    "hkt": 480, "sgt": 480, "pht": 480, "wib": 420, "wita": 480, "wit": 540, "ict": 420, "wat": 60, "cat": 120,
    "eat": 180, "sast": 120, "gst": 240, "irst": 210, "aest": 600, "aedt": 660, "acst": 570, "acdt": 630, "awst": 480,
    "nzst": 720, "nzdt": 780, "brt": -180, "art": -180, "clt": -240, "clst": -180, "cot": -300, "pet": -300,
    "vet": -240, "uyt": -180,
}  # fmt: skip
AMBIGUOUS = frozenset({"cst", "ist", "bst", "ast", "gst"})
"""Words that name zones of several continents."""


def folded(word: str) -> str:
    """Return a word in small letters, without accents and dots."""
    # A dotted capital I of Turkish and the undotted small one are the same letter here.
    plain = unicodedata.normalize("NFKD", word.replace("ı", "i").casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter) and letter not in ". ")


def _numbered(lines: tuple[str, ...]) -> dict[str, int]:
    return {folded(word): number for line in lines for number, word in enumerate(line.split(), 1)}


MONTHS = _numbered(_MONTHS)
HALVES = {**dict.fromkeys(map(folded, _AM.split()), -1), **dict.fromkeys(map(folded, _PM.split()), 1)}
ZONES = dict(_ZONES)
IGNORED = frozenset(folded(word) for word in " ".join((*_WEEKDAYS, _FILLERS)).split())
_PAIRS = [word for line in _MONTHS for word in line.split() if "-" in word]
TWO_WORDS = {pair.replace("-", " "): pair.replace("-", "ـ") for pair in _PAIRS}
"""Months of two words, and the same with a stretching stroke between, so that they are one word."""
MONTHS.update({folded(joined): MONTHS[folded(joined.replace("ـ", "-"))] for joined in TWO_WORDS.values()})


def count_date_words(text: str) -> int:
    """Return how many names of months and days in other letters than those of English stand in a text."""
    words = {folded(word) for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()}
    return sum(word in MONTHS or word in IGNORED for word in words)
