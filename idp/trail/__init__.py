"""The audit log as it is read: in order (`reading`), by filters (`searching`), as files (`exporting`), and until when (`retention`).

It is written through `audit.record` alone. Readers that go through it once keep here how far they have come.
"""

from idp.trail.reading import after as after
from idp.trail.reading import settled as settled
