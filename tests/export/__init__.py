"""Text for other programs, read back by the programs themselves."""
