"""What every HTTP route shares: static files, languages, the OpenAPI base, errors, uploads."""
