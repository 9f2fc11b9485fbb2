"""The SPARQL engines: the embedded one, compiled from files, and any remote one."""
