"""From the bytes of an event to a judged row: who asked with what, from where, and whether it was a person."""
