"""`python -m training COMMAND`: the researcher's door."""

from __future__ import annotations

import sys

from training.cli import main

sys.exit(main())
