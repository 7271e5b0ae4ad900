"""Skip-gram and CBOW whose examples share noise words."""
