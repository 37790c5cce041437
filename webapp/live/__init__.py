"""The live page's Socket.IO namespace `/live`: frames in, acknowledgements out."""
