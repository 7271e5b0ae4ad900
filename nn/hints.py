"""What `torch.nn` has and `cutaway.nn` has not: each name with what to write instead."""

from __future__ import annotations

_INIT = "called cutaway.nn.init.{}"
_THREE = "images have two axes here, sequences one; there is nothing for volumes"
_ATTENTION = "write it with Linear, softmax(dim=-1) and @"

HINTS = {
    "Conv3d": _THREE,
    "ConvTranspose3d": _THREE,
    "MaxPool3d": _THREE,
    "AvgPool3d": _THREE,
    "BatchNorm3d": _THREE,
    "Dropout3d": _THREE,
    "SyncBatchNorm": "there is one process; take BatchNorm2d",
    "DataParallel": "there is one device",
    "MultiheadAttention": _ATTENTION,
    "Transformer": _ATTENTION,
    "TransformerEncoderLayer": _ATTENTION,
    "scaled_dot_product_attention": _ATTENTION,
    "CTCLoss": "there is none",
    "GaussianNLLLoss": "write ((x - t) ** 2 / var + var.log()).mean() / 2",
    "PoissonNLLLoss": "write (x.exp() - t * x).mean()",
    "TripletMarginLoss": "write (|a - p| - |a - n| + margin).relu().mean() with .norm(dim=1)",
    "MarginRankingLoss": "write (-t * (x1 - x2) + margin).relu().mean()",
    "HingeEmbeddingLoss": "write it with where and relu",
    "MultiLabelSoftMarginLoss": "BCEWithLogitsLoss is the same, up to a factor",
    "PixelShuffle": "write it with reshape and permute",
    "UpsamplingNearest2d": "called Upsample(scale_factor=...) here",
    "UpsamplingBilinear2d": "called Upsample(scale_factor=..., mode='bilinear', align_corners=True) here",
    "ParameterDict": "set parameters as attributes of a Module, or take ParameterList",
    "AlphaDropout": "there is none; Dropout",
    "FractionalMaxPool2d": "there is none; AdaptiveMaxPool2d",
    "LPPool2d": "write AvgPool2d of x ** p, times the size of a window, ** (1 / p)",
    "Hardshrink": "write it with where",
    "Softshrink": "write it with where",
    "Threshold": "write it with where",
    "Bilinear": "write it with cutaway.einsum",
    "LazyLinear": "give the number of features, or make the layer when the first input is seen",
    "LazyConv2d": "give the number of channels, or make the layer when the first input is seen",
    "utils": "gradients are clipped by fit(clip=...)",
    "parameter": "called cutaway.nn.Parameter",
    "modules": "the layers are in cutaway.nn itself",
    "Buffer": "called register_buffer",
    "upsample": "called interpolate",
    "gumbel_softmax": "write softmax((x - (-cutaway.rand(*x.shape).log()).log()) / tau, dim=-1)",
    "cdist": "write it with broadcasting and .norm(dim=-1)",
    "pairwise_distance": "write (x - y).norm(dim=1)",
    "unfold": "there is none; conv2d",
    "fold": "there is none; conv_transpose2d",
    "grid_sample": "there is none; interpolate",
}
