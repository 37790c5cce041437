"""The music's part of the HTTP API, as schemas: what is accepted, what is answered. One module for each of `routes`."""
