"""Joins the exporters with this computer: what is installed, launched, converted or written for others.

``export`` makes the text, ``system`` finds and starts programs, ``storage`` writes files; the modules here do
one job each with all three (the ssh config that ssh reads, WinSCP, editors, key files). Everything blocks for
a moment (files, programs), so keep it off the GUI thread. ``ui`` and ``cli`` call it; it knows neither.
"""
