"""SPARQL as text: its tokens, the binding of parameters, the bounds on what is run."""
