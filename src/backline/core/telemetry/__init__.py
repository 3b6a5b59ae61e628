"""What a program says of itself: its figures, that it lives, and its log. Imports no Django, so that play can use it.

A process counts in its own memory (:mod:`measures`, :mod:`backline.play.metrics`) and every few seconds writes its
figures into a file of its own (:mod:`processes`). Whoever is asked for ``/metrics`` answers for all processes of its
program on this machine (:mod:`exposition`); whoever has the database says in it which processes live.
"""
