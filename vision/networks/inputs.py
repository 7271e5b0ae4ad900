"""What published networks expect of an image: the channels' order, their means and their range."""

from __future__ import annotations

import numpy as np

# Means of the training images of ImageNet, channels blue, green, red, of 0 .. 255.
FCN_MEAN = (104.00699, 116.66877, 122.67892)  # Long et al. 2015, and Caffe's networks; SqueezeNet rounds
SQUEEZENET_MEAN = (104.0, 117.0, 123.0)
DILATION_MEAN = (102.93, 111.36, 116.52)  # Yu & Koltun 2016, for PASCAL VOC
# torchvision: channels red, green, blue, of 0 .. 1.
TORCHVISION_MEAN, TORCHVISION_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def for_caffe(images: np.ndarray, mean: tuple[float, float, float] = FCN_MEAN) -> np.ndarray:
    """Return images (..., 3, H, W), red-green-blue in [0, 1], as blue-green-red of 0 .. 255 minus means."""
    swapped = np.asarray(images, np.float32)[..., ::-1, :, :] * np.float32(255)
    return swapped - np.asarray(mean, np.float32)[:, None, None]


def for_keras(images: np.ndarray) -> np.ndarray:
    """Return images (..., 3, H, W) of [0, 1] in [-1, 1]: what Keras's MobileNet expects."""
    return np.asarray(images, np.float32) * np.float32(2) - np.float32(1)


def for_torchvision(images: np.ndarray) -> np.ndarray:
    """Return images (..., 3, H, W), red-green-blue in [0, 1], with mean 0 and deviation 1 on ImageNet."""
    mean, std = (np.asarray(each, np.float32)[:, None, None] for each in (TORCHVISION_MEAN, TORCHVISION_STD))
    return (np.asarray(images, np.float32) - mean) / std
