"""Text in XML: escaped, and without the characters that XML cannot hold."""

from __future__ import annotations

import html
import re

# XML 1.0, production 2 (Char): all other characters make a document that no parser reads.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Return text as it stands in an element or a quoted attribute; what XML cannot hold becomes U+FFFD."""
    escaped = html.escape(_NO_XML.sub("\ufffd", text), quote=True)
    # Parsers make a line feed of a carriage return, and a blank of a line feed in an attribute.
    return escaped.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;")


def element(name: str, text: str, **attributes: str) -> str:
    """Return an element with escaped text and attributes."""
    given = "".join(f' {key}="{xml_text(value)}"' for key, value in attributes.items())
    return f"<{name}{given}>{xml_text(text)}</{name}>"
