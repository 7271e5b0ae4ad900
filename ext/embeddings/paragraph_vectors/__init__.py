"""The loop over documents: PV-DM and PV-DBOW."""
