"""Networks for images, segmentation and its metrics, data sets, pictures."""

from .data.camvid import SegmentationFolder
from .data.palette import colourise, overlay, voc_palette
from .data.scenes import CLASSES, Scene, SceneDataset, draw_scene
from .networks.alexnet import AlexNet
from .networks.draw_network import draw_network
from .networks.fcn import FCN8s
from .networks.receptive_field import receptive_field
from .networks.segmentation_net import segmentation_net
from .networks.unet import UNet
from .segmentation.metrics import ConfusionMatrix, jaccard, pixel_accuracy
from .segmentation.predict import evaluate, predict
from .segmentation.train import train_segmentation

__all__ = [
    "CLASSES",
    "AlexNet",
    "ConfusionMatrix",
    "FCN8s",
    "Scene",
    "SceneDataset",
    "SegmentationFolder",
    "UNet",
    "colourise",
    "draw_network",
    "draw_scene",
    "evaluate",
    "jaccard",
    "overlay",
    "pixel_accuracy",
    "predict",
    "receptive_field",
    "segmentation_net",
    "train_segmentation",
    "voc_palette",
]
