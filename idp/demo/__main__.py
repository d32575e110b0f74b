"""`python -m idp.demo` starts the demonstration."""

import sys

from idp.demo.run import main

sys.exit(main())
