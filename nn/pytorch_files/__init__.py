"""PyTorch's files of weights, ``.pth`` and ``.pt``, read without PyTorch, and without executing them."""
