"""What is in a photo: training on folders of classes, probabilities, models that are kept."""
