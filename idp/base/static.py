"""Style sheets, scripts and pictures of the pages: under names that change with their content, and compressed once.

`url_for("static", filename="css/idp.css")` gives `/static/css/idp.<digest>.css`, which browsers and caches may keep for good. Only these
files are compressed: pages hold secrets beside what a request may repeat, whose length would tell of them (BREACH).
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache, cached_property
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any

import brotli
from flask import Flask, Response, abort, request

from idp.base.database import ROOT

FOLDER = ROOT / "static"
FOR_GOOD = "public, max-age=31536000, immutable"  # a year (RFC 8246)
DIGEST_LENGTH = 12
TEXTS = {"text/css": "text/css; charset=utf-8", "text/javascript": "text/javascript; charset=utf-8"}


@dataclass(frozen=True)
class Asset:
    """One file; its compressed forms are made when they are first asked for, and kept."""

    name: str
    body: bytes

    @cached_property
    def digest(self) -> str:
        """What its address is told apart by."""
        return hashlib.sha256(self.body).hexdigest()[:DIGEST_LENGTH]

    @property
    def hashed_name(self) -> str:
        """Its name with the digest before the ending."""
        path = PurePosixPath(self.name)
        return str(path.with_name(f"{path.stem}.{self.digest}{path.suffix}"))

    @property
    def content_type(self) -> str:
        """Its media type, for text with the encoding."""
        kind = mimetypes.guess_type(self.name)[0] or "application/octet-stream"
        return TEXTS.get(kind, kind)

    @cached_property
    def forms(self) -> dict[str, bytes]:
        """Its body by content coding; one that saves nothing is left out."""
        made = {"br": brotli.compress(self.body, quality=11), "gzip": gzip.compress(self.body, 9, mtime=0)}
        return {coding: body for coding, body in made.items() if len(body) < len(self.body)}


def init_app(app: Flask) -> None:
    """Serve the files under /static. The application has no `static_folder` of its own."""
    app.add_url_rule("/static/<path:filename>", "static", _send)
    app.url_defaults(_hash_name)


@cache
def assets() -> dict[str, Asset]:
    """Return every file by its plain name and by its hashed one; read once a process."""
    plain = [Asset(_name(path), path.read_bytes()) for path in sorted(FOLDER.rglob("*")) if path.is_file()]
    return {name: asset for asset in plain for name in (asset.name, asset.hashed_name)}


def _name(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def _hash_name(endpoint: str, values: dict[str, Any]) -> None:
    asset = assets().get(values.get("filename", "")) if endpoint == "static" else None
    if asset is not None:
        values["filename"] = asset.hashed_name


def _send(filename: str) -> Response:
    asset = assets().get(filename) or assets().get(_without_digest(filename))
    if asset is None:
        abort(HTTPStatus.NOT_FOUND)
    coding = _choose(asset)
    body = asset.forms[coding] if coding else asset.body
    answer = Response(body, content_type=asset.content_type)
    # Under a name without a digest, or with that of another version (two of them run during an upgrade), it may be another file soon.
    answer.headers["Cache-Control"] = FOR_GOOD if filename == asset.hashed_name else "no-cache"
    answer.vary.add("Accept-Encoding")
    answer.set_etag(f"{asset.digest}-{coding}" if coding else asset.digest)
    if coding:
        answer.content_encoding = coding
    answer.make_conditional(request)
    return answer


def _choose(asset: Asset) -> str | None:
    """Return the coding to send: of those that the caller takes the smallest, or none (RFC 9110, section 12.5.3)."""
    taken = [coding for coding in asset.forms if request.accept_encodings[coding] > 0]
    return min(taken, key=lambda coding: len(asset.forms[coding]), default=None)


def _without_digest(filename: str) -> str:
    path = PurePosixPath(filename)
    stem, dot, digest = path.stem.rpartition(".")
    is_digest = bool(dot) and len(digest) == DIGEST_LENGTH and set(digest) <= set("0123456789abcdef")
    return str(path.with_name(f"{stem}{path.suffix}")) if is_digest else ""
