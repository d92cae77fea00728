"""The program without a display: the same profiles and links, on a terminal or for scripts.

* ``commands.run`` reads the command line (``parser``) and calls one function per command.
* ``session`` is a link manager of our own for as long as a command runs; ``control_handler`` serves it to
  other commands, and the tray program's manager too.
* ``proxy_command`` stands apart: ssh starts it for every connection, so it imports almost nothing.

What the commands need from the layers above and beside comes in ``wiring.Wiring``, filled by ``app.main``.
"""
