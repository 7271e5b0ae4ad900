"""The lecture as short runnable stories; ``chapters.py`` lists them in lecture order, `tour` makes a page of
each, and an index.
"""
