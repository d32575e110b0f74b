"""WTForms' fields, which say in the house's words what is wrong with what was typed or chosen.

Their names stay, since templates ask for them.
"""

from typing import Any

import wtforms
from flask_babel import lazy_gettext as _l
from wtforms.form import BaseForm
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

NOT_OFFERED = _l("Choose from what is offered.")


class IntegerField(wtforms.IntegerField):
    """A whole number."""

    def __init__(self, *args: Any, wrong: str, **options: Any) -> None:
        """Keep the sentence for what is none."""
        super().__init__(*args, **options)
        self.invalid_value_message = wrong

    def pre_validate(self, form: BaseForm) -> None:
        """Say nothing more about what is no number; whether something must be there at all is for the validators.

        Raises:
            StopValidation: it is none.
        """
        if self.process_errors and any(text.strip() for text in self.raw_data or ()):
            raise StopValidation()


class SelectField(wtforms.SelectField):
    """One of several choices, in a list."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Keep the sentence for what is not among them."""
        super().__init__(*args, **options)
        self.invalid_choice_message = NOT_OFFERED


class RadioField(wtforms.RadioField):
    """One of a few choices, all in sight."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Keep the sentence for what is not among them."""
        super().__init__(*args, **options)
        self.invalid_choice_message = NOT_OFFERED


class ChecklistField(wtforms.SelectMultipleField):
    """Several of a few choices, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, *args: Any, **options: Any) -> None:
        """Keep the sentence for what is not among them."""
        super().__init__(*args, **options)
        self.invalid_choice_message = NOT_OFFERED
