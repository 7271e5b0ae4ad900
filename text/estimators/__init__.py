"""What scikit-learn asks of an estimator, so that ours stand in its pipelines and grid searches."""
