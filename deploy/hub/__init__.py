"""What model hubs are given: cards under the header that they read."""
