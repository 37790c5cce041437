"""The version, stated here alone; tests/app/test_forms.py compares it with the files that must repeat it."""

VERSION = "1.0.0"
