"""What of a directory's word about a person goes into the account's own profile: names, and what fits the rules of standard claims.

A directory is not refused because a telephone number is no number: that is kept as it is told, and stays out of the profile.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from idp.accounts import details, identity

Document = Mapping[str, Any]

# The claim for each attribute that has one value.
SINGLE = {"nickName": "nickname", "profileUrl": "profile", "timezone": "zoneinfo"}
NAMES = {"givenName": "given_name", "familyName": "family_name", "middleName": "middle_name"}
ADDRESS = {
    "streetAddress": "address.street_address",
    "postalCode": "address.postal_code",
    "locality": "address.locality",
    "region": "address.region",
    "country": "address.country",
}
STRICT = frozenset({"given_name", "family_name"})  # which are refused rather than left out


def claims_of(document: Document) -> dict[str, str]:
    """Return the claims that a document tells, by the names of `accounts.details` and of a profile; empty for what it does not tell."""
    told = {claim: document.get(name) for name, claim in SINGLE.items()}
    told |= {claim: document.get("name", {}).get(name) for name, claim in NAMES.items()}
    told["locale"] = document.get("locale") or document.get("preferredLanguage")
    told["phone_number"] = _number(main(document.get("phoneNumbers", ())).get("value"))
    told["picture"] = main(document.get("photos", ())).get("value")
    address = main(document.get("addresses", ()))
    told |= {claim: address.get(name) for name, claim in ADDRESS.items()}
    return {claim: text or "" for claim, text in told.items()}


def fit(claims: Mapping[str, str]) -> dict[str, str]:
    """Return those claims that the profile takes; of names all, which are refused by whoever writes them."""
    return {claim: text for claim, text in claims.items() if claim in STRICT or not text or _is_fit(claim, text)}


def main(values: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the value that counts of a multi-valued attribute: the primary one, else that of work, else the first."""
    for is_it in (_is_primary, _is_of_work):
        found = next((value for value in values if is_it(value)), None)
        if found is not None:
            return found
    return values[0] if values else {}


def describe(account: Any) -> dict[str, Any]:
    """Return an account's profile in the words of a directory, for a person of whom no directory has told anything."""
    kept = details.texts(account.details)
    told: dict[str, Any] = {name: kept[claim] for name, claim in SINGLE.items()}
    told |= {"displayName": account.name, "locale": kept["locale"]}
    told["name"] = {"middleName": kept["middle_name"]} if kept["middle_name"] else {}
    told["phoneNumbers"] = [{"value": kept["phone_number"], "type": "work"}] if kept["phone_number"] else []
    told["photos"] = [{"value": account.picture, "type": "photo"}] if account.picture else []
    address = {name: kept[claim.partition(".")[2]] for name, claim in ADDRESS.items() if kept[claim.partition(".")[2]]}
    told["addresses"] = [{**address, "type": "work"}] if address else []
    return {name: value for name, value in told.items() if value}


def _is_fit(claim: str, text: str) -> bool:
    if claim == "picture":
        return identity.check_picture(text) is None
    return not isinstance(details.read({claim: text}), list)


def _number(value: str | None) -> str | None:
    """Return a telephone number without the scheme that RFC 7643, section 4.1.2, has it written with."""
    return value.removeprefix("tel:") if value is not None else None


def _is_primary(value: Mapping[str, Any]) -> bool:
    return value.get("primary") is True


def _is_of_work(value: Mapping[str, Any]) -> bool:
    return str(value.get("type", "")).lower() == "work"
