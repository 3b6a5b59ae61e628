"""From the spool of events to answers: ship, pipeline, lake, questions."""
