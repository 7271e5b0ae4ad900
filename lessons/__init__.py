"""The lecture as short runnable stories; ``chapters.py`` lists them in lecture order, and `tour` makes a page of
each, and an index.
"""
