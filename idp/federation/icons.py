"""Icons of providers' buttons: some that are built in, or a small SVG or PNG of the provider's own, checked before it is kept.

A kept icon is shown from this server as a picture, behind a policy that lets nothing in it run. Of SVG besides only drawing is taken: no
script, no style, no reference to anything outside.
"""

import base64
import binascii
import hashlib
import re
from xml.etree import ElementTree

from sqlalchemy import delete

from idp.base import fetch
from idp.base.database import connection, insert_into, pause, run, session
from idp.base.outcome import Busy, Reason, Refused
from idp.federation.models import UpstreamIcon

OWN = "own"
BUILT_IN = ("building", "cloud", "code", "globe", "key", "people", "school", "shield")
DATA = "data:image/png;base64,"
LARGEST = 32 * 1024  # bytes
PNG, PNG_TYPE, SVG_TYPE = b"\x89PNG\r\n\x1a\n", "image/png", "image/svg+xml"
SVG_SPACE = "{http://www.w3.org/2000/svg}"
_DRAWING = """
    svg g path circle ellipse rect line polyline polygon title desc defs linearGradient radialGradient stop clipPath mask
"""
_LOOKS = """
    id version viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform fill fill-rule fill-opacity stroke stroke-width
    stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset stroke-opacity opacity clip-path clip-rule mask
    offset stop-color stop-opacity gradientUnits gradientTransform spreadMethod clipPathUnits maskUnits maskContentUnits color role
    preserveAspectRatio aria-hidden aria-label focusable {http://www.w3.org/XML/1998/namespace}space
"""
ELEMENTS, ATTRIBUTES = frozenset(_DRAWING.split()), frozenset(_LOOKS.split())
VALUE = re.compile(r"(?:(?!url\()[^<>&\\])*", re.IGNORECASE)
REFERENCE = re.compile(r"url\(#[A-Za-z][\w.-]*\)")
HEAD = re.compile(
    r"""\ufeff?\s*<\?xml\s+version=["']1\.0["'](\s+encoding=["']utf-8["'])?(\s+standalone=["']\w+["'])?\s*\?>""",
    re.IGNORECASE,
)
DECLARATION = re.compile(r"<![^-]|<\?")


def path_of(key: str, icon: str) -> str | None:
    """Return where a provider's icon is shown: `icon` is the name of a built-in one, or an own one with its version."""
    if icon.startswith(OWN):
        return f"/signin/upstream/{key}/icon?v={icon.partition(':')[2]}"
    return f"icons/{icon}.svg" if icon else None


def check(content: bytes) -> Refused | None:
    """Refuse an icon that may not be kept: PROVIDER_INVALID, of the field `icon`, with a sentence."""
    if len(content) > LARGEST:
        return _refuse(f"The icon is too large: at most {LARGEST // 1024} kB are taken.")
    if content.startswith(PNG):
        return None
    problem = _find_fault(content)
    return _refuse(problem) if problem is not None else None


def read(text: str) -> bytes | Refused:
    """Return the content of an icon that was typed: the text of an SVG, a PNG as data, or an address, from which it is fetched now.

    Call it before anything is written. Refusal: PROVIDER_INVALID, of the field `icon`, with a sentence.
    """
    text = text.strip()
    if text.startswith("https://"):
        pause()
        try:
            return fetch.get(text, largest=LARGEST)
        except (fetch.FetchError, Busy) as error:
            return _refuse(f"The icon could not be fetched: {error}.")
    if text.startswith(DATA):
        try:
            return base64.b64decode(text.removeprefix(DATA), validate=True)
        except binascii.Error:
            return _refuse("The data of the PNG cannot be read: it is no base64.")
    return text.encode("utf-8", "replace")


def name_of(content: bytes) -> str:
    """Return how a row names an own icon: another content is another name, so that browsers ask for it anew."""
    return f"{OWN}:{hashlib.sha256(content).hexdigest()[:12]}"


def keep(key: str, content: bytes) -> None:
    """Keep a checked icon of a provider, in place of the one before."""
    values = {"content": content, "media_type": PNG_TYPE if content.startswith(PNG) else SVG_TYPE}
    statement = insert_into(UpstreamIcon).values(key=key, **values)
    connection().execute(statement.on_conflict_do_update(index_elements=[UpstreamIcon.key], set_=values))


def find(key: str) -> UpstreamIcon | None:
    """Return a provider's own icon."""
    return session().get(UpstreamIcon, key)


def forget(key: str) -> None:
    """Delete a provider's own icon."""
    run(delete(UpstreamIcon).where(UpstreamIcon.key == key))


def _find_fault(content: bytes) -> str | None:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    if "<svg" not in text.lower():
        return "The icon is neither SVG nor PNG."
    text = HEAD.sub("", text, count=1)
    if DECLARATION.search(text):
        return "The SVG has a document type, an entity or a processing instruction. Save it as plain SVG in UTF-8."
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without declarations there is nothing to expand
    except (ElementTree.ParseError, ValueError):
        return "The SVG cannot be read: it is no well-formed XML."
    if root.tag != f"{SVG_SPACE}svg":
        return 'The icon is no SVG: its first element must be svg, with xmlns="http://www.w3.org/2000/svg".'
    return next((fault for element in root.iter() if (fault := _find_fault_in(element)) is not None), None)


def _find_fault_in(element: ElementTree.Element) -> str | None:
    name = str(element.tag).removeprefix(SVG_SPACE)
    if name not in ELEMENTS:
        return f"The SVG has an element “{name[:40]}”, which is not taken: only shapes, groups and gradients are. A PNG will do."
    for attribute, value in element.attrib.items():
        if attribute not in ATTRIBUTES:
            return f"The SVG has an attribute “{attribute[:40]}”, which is not taken. A PNG will do."
        if not REFERENCE.fullmatch(value) and not VALUE.fullmatch(value):
            return f"The attribute “{attribute[:40]}” of the SVG leads elsewhere, which is not taken."
    return None


def _refuse(detail: str) -> Refused:
    return Refused(Reason.PROVIDER_INVALID, "icon", detail=detail)
