"""Several servers, and what they share, on one machine: started, broken and watched."""
