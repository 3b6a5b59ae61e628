"""Lets ``python -m backline.server`` stand for the command ``backline``."""

from backline.server.cli import main

main()
