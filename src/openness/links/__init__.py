"""Links to external linked data: proposed, reviewed by a person, and checked."""
