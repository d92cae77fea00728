"""Files: where they are, how they are written, and the one document of profiles and settings.

* ``paths``             every file and folder that the program writes
* ``atomic_file``       write a file as a whole or not at all, readable by this user only
* ``document_store``    load, save and edit the document, together with other processes
* ``profiles_file``     profiles as a file to give away, and merging them in
* ``ssh_config_files``  read a person's ssh config with the files it includes

Used by everything above; imports ``app.core`` only. No secret is ever written here (see ``app.secrets``).
"""
