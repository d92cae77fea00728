"""A relay from nothing in Amazon Lightsail, and back to nothing.

``account`` calls the service and makes sentences of what it refuses, ``market`` tells what can be had,
``record`` keeps on disk what is made before it is made, ``making`` and ``taking_away`` go through the steps,
``billing`` lists what is there, ``desk`` is what window and command line ask. Everything blocks.

Source of the calls: Amazon Lightsail API, version 2016-11-28, as botocore's model has it.
"""
