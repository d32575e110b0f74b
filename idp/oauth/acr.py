"""Authentication context classes (OpenID Connect Core, section 2, `acr`): "1" for one factor, "2" for two.

`acr_values` are wishes in order of preference (section 3.1.2.1), never conditions: the client looks at the `acr` that it gets.
"""

ONE_FACTOR, TWO_FACTORS = "1", "2"
LEVELS = {ONE_FACTOR: 1, TWO_FACTORS: 2}


def wishes_two_factors(acr_values: tuple[str, ...]) -> bool:
    """Return whether only two factors would fulfil any of the wishes that are known here."""
    levels = [LEVELS[value] for value in acr_values if value in LEVELS]
    return bool(levels) and min(levels) == LEVELS[TWO_FACTORS]


def reached(acr_values: tuple[str, ...], has_shown_two: bool) -> str:
    """Return the class to tell: the first wish that is fulfilled, else the one that was reached."""
    level = LEVELS[TWO_FACTORS if has_shown_two else ONE_FACTOR]
    fulfilled = (value for value in acr_values if value in LEVELS and LEVELS[value] <= level)
    return next(fulfilled, TWO_FACTORS if has_shown_two else ONE_FACTOR)
