"""`python -m countenance COMMAND`, the same as `countenance COMMAND`."""

from __future__ import annotations

import sys

from countenance.command import main

sys.exit(main())
