"""Images with labels: generated scenes, folders, colours, transforms."""
