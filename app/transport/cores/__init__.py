"""The v2ray route on this computer: a core as a child of ours, and a link whose streams go through it.

``finder`` knows which program it can be, ``running`` starts and watches it, ``core_stream`` and ``core_link``
look to the forwarder like an SSH link, ``connecting`` makes one from a profile and says what is wrong.
"""
