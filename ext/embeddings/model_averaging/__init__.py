"""Threads' copies of vectors become one."""
