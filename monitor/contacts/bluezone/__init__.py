"""Contact logs of the Bluezone app: their format, identifiers that follow from a key, encounters, uploads and their deletion.

The app's public code was read for what its files mean; none of it is used here (GPL-3), and the vectors of the tests are our own.
"""
