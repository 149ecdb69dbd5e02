"""Columns that are never read, also when asked for: what tells a connection, a phone or a person, by name and by value.

A device id may be any pseudonym. Addresses, numbers and names under which somebody can be found are none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from ..base import InputError

LOOKED_AT = 1_000
"""Values of a column that are looked at, evenly spread: enough to meet what is in one of a hundred rows."""

SHARE = 0.01
"""A column of which this share is of a kind that is never read is refused as a whole, however the rest is written."""

_IP, _NETWORK, _AGENT = "IP addresses", "carriers or network operators", "user agents"
_HARDWARE, _PHONE, _MAIL = "network hardware or networks", "phone numbers or SIM cards", "e-mail addresses"
_PERSON, _RECORD = "names or numbers of persons", "records of several values"

# A column's name is split into words (user-agent, clientIP, IPAddress, ip_v4), accents off. It is of a kind if one of
# these phrases stands in it, written together or apart; a phrase with = is the whole name, one with $ its last word.
_PHRASES: tuple[tuple[str, str], ...] = (
    (_IP, "ip ips ipv4 ipv6 ip4 ip6 ipv ipaddr ipaddress ipadresse ipadress ipadr adresseip direccionip enderecoip"
          " indirizzoip adresip ipadresi ipадрес айпи remoteaddr remoteaddress forwardedfor xforwardedfor clientaddr"
          " inetaddr inetaddress networkaddress netaddress hostaddress =host =hostname"),
    (_NETWORK, "carrier isp asn mccmnc mcc mnc plmn mno mvno operatorname networkoperator mobileoperator simoperator"
               " telecomoperator celloperator phoneoperator networkprovider serviceprovider internetprovider"
               " mobileprovider networkname telco operateurmobile operateurtelecom operadormovil operadora"
               " mobilfunkanbieter netzbetreiber mobilnetz operatoremobile"),
    (_AGENT, "useragent httpuseragent browseragent agentstring uastring browser navigateur navegador"),
    (_HARDWARE, "mac macs macaddr macaddress adressemac direccionmac macadresse hwaddr hwaddress hardwareaddress ssid"
                " bssid essid wifi wifiname wifinetwork wlan bluetoothaddress bluetoothaddr btaddr bdaddr btmac"
                " ethernetaddress routeraddress accesspoint"),
    (_PHONE, "msisdn imsi iccid phonenumber phoneno phonenum phonenr telephonenumber telephone telefono telefone"
             " telefon telefonnummer telefoonnummer rufnummer handynummer handy mobilenumber mobileno mobilenum"
             " mobilephone cellnumber cellphone cellphonenumber numerotelephone numerodetelephone numerotelefono"
             " numerodetelefono simnumber simserial simcard subscribernumber callernumber callernum calledid"
             " callerid calleenumber callee caller whatsapp fax e164 phone$ tel$ gsm$ =mobile hashedphone"
             " phonehash contactphone телефон"),
    (_MAIL, "email emails mail mails emailaddress mailaddress hashedemail emailhash hem courriel correo"
            " correoelectronico epost почта"),
    (_PERSON, "firstname lastname fullname surname forename givenname familyname middlename maidenname nickname"
              " realname personname personalname ownername subscribername customername contactname clientname"
              " employeename drivername passengername patientname membername username loginname login screenname"
              " accountname holdername prenom nomdefamille nachname vorname familienname apellido apellidos cognome"
              " sobrenome имя фамилия passport passportnumber ssn socialsecurity socialsecuritynumber nationalid"
              " nationalidnumber identitycard idcardnumber"),
)  # fmt: skip
# Long enough to be meant wherever they stand in a name written without separators.
_UNMISTAKABLE = (
    ("ipaddr", _IP), ("useragent", _AGENT), ("carrier", _NETWORK), ("macaddr", _HARDWARE), ("msisdn", _PHONE),
    ("phonenumber", _PHONE), ("telephone", _PHONE), ("email", _MAIL), ("ssid", _HARDWARE), ("imsi", _PHONE),
    ("iccid", _PHONE), ("firstname", _PERSON), ("lastname", _PERSON), ("fullname", _PERSON), ("surname", _PERSON),
)  # fmt: skip
# "ip" itself is too short for that ("ship", "zip", "trip"), but not behind words such as these.
_IP_TOGETHER = re.compile(
    r"(?:client|user|device|source|src|remote|public|private|last|first|host|server|external|internal|local|login|real"
    r"|origin|dest|dst|wan|lan|net|network|http|x|my|hashed|hash|raw)ip(?:v?[46])?"
    r"|ip(?:v?[46])?(?:hash|hashed|sha\d*|md5|raw|str|string|text|num|number|int|value|ct|isp|geo|country|city|range)"
)
_AGENT_TOGETHER = re.compile(r"(?:\w*device|client|http|user|raw|hashed)?ua")  # not name_ua, which is Ukrainian
_KIND_OF: dict[str, str] = {phrase: kind for kind, phrases in _PHRASES for phrase in phrases.split()}
_LONGEST_PHRASE = 4

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_VALUES: tuple[tuple[str, str], ...] = (
    (_IP, rf"\[?(?:::ffff:)?{_OCTET}(?:\.{_OCTET}){{3}}\]?(?:[:/]\d{{1,5}})?"),
    # Eight groups, or fewer around "::"; a zone, a length or a port may follow.
    (_IP, r"\[?(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?=[0-9a-f:]*::)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})"
          r"(?:%\w+)?(?:/\d{1,3})?\]?(?::\d{1,5})?"),
    (_MAIL, r"(?:mailto:)?[^\s@]+@[^\s@]+\.[^\s@.]{2,}"),
    (_HARDWARE, r"[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}"),
    # With + in front, or in groups as they are written for people; bare digits may be any number.
    (_PHONE, r"(?:tel:)?\+[1-9]\d{0,3}(?:[ .()/-]*\d){6,13}"),
    (_PHONE, r"00[1-9]\d{0,2}(?:[ .()/-]+\d{1,5}){2,6}"),
    (_PHONE, r"(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}"),
    (_PHONE, r"0\d{1,4}(?:[ .-]\d{2,4}){3,4}|\(0\d{1,4}\)[ .-]?\d{3,4}[ .-]?\d{3,4}"),
    (_AGENT, r"(?:mozilla|opera|dalvik|okhttp|cfnetwork|webkit|applewebkit|chrome|safari)/\d.*|.*\bapplewebkit/\d.*"),
    (_RECORD, r"\s*\{.*[:=].*\}\s*"),
)  # fmt: skip
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for kind, pattern in _VALUES)
# What none of the patterns can do without, so that nearly all ids are done with after one look.
_SUSPECT = re.compile(r"[@+.:(){}/ ]|-.*-")


def readable(names: Sequence[str]) -> list[str]:
    """Return those of the columns that may be read, by their names, in the same order."""
    return [name for name in names if not kind_by_name(name)]


def kind_by_name(name: str) -> str:
    """Return what a column of this name holds, in words, if it is never read; else ""."""
    words = _words(name)
    together = "".join(words)
    for phrase in (f"={together}", f"{words[-1]}$" if words else ""):
        if phrase in _KIND_OF:
            return _KIND_OF[phrase]
    for first in range(len(words)):
        for last in range(first + 1, min(first + _LONGEST_PHRASE, len(words)) + 1):
            phrase = "".join(words[first:last])
            if phrase in _KIND_OF:
                return _KIND_OF[phrase]
    found = next((kind for part, kind in _UNMISTAKABLE if part in together), "")
    if not found and _IP_TOGETHER.fullmatch(together):
        return _IP
    return _AGENT if not found and _AGENT_TOGETHER.fullmatch(together) else found


def kind_by_values(values: Iterable[object]) -> str:
    """Return what the values of a column are, in words, if such are never read; else "". Hashes are none of these."""
    ids = pd.Series(values, dtype=object)
    ids = ids.iloc[:: max(1, -(-len(ids) // LOOKED_AT))]
    texts = [text for text in (_text(value) for value in ids) if text]
    suspects = [text for text in texts if _SUSPECT.search(text)]
    least = max(1, int(np.ceil(SHARE * len(texts))))
    if len(suspects) < least:
        return ""
    found = [_kind_of_value(text) for text in suspects]
    return next((kind for kind in dict.fromkeys(found) if kind and found.count(kind) >= least), "")


def require_readable(names: Iterable[str]) -> None:
    """Raise InputError naming the first of the columns that is never read by its name."""
    for name in names:
        kind = kind_by_name(name)
        if kind:
            raise InputError(
                f'The column "{name}" is never read, because such columns hold {kind}: choose another column, or leave '
                "this one out."
            )


def require_pseudonyms(column: str, values: Iterable[object]) -> None:
    """Raise InputError naming the column if its values are of a kind that is never read."""
    kind = kind_by_values(values)
    if kind:
        raise InputError(
            f'The column "{column}" is not read, because it holds {kind}: choose a column of pseudonymous ids, or '
            "replace these values by hashes before you load the data."
        )


def _words(name: str) -> list[str]:
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", str(name)) if not unicodedata.combining(letter))
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})", " ", plain)
    return [word for word in re.split(r"[\W_]+", apart.casefold()) if word]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return "" if value is None or value != value else str(value).strip()


def _kind_of_value(text: str) -> str:
    return next((kind for kind, pattern in _PATTERNS if pattern.fullmatch(text)), "")
