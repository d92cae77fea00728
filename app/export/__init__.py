"""Pure text for other programs: ssh config blocks and proxy environment lines.

Nothing here reads a file, looks for a program or knows a secret: values in, text out. The command line and
the window find out the paths and hand them in.
"""
