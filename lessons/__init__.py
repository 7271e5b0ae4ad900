"""The lecture as short runnable stories, one file per story, in lecture order; `tour` runs them and makes one
page of them.
"""
