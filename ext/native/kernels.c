/* All kernels, compiled as one unit, once for each instruction set and type. setup.py passes REAL (float or
   double), HAS_WINOGRAD, VECTOR_BYTES, TABLE (the name of the table) and the compiler's instruction set
   flags. */
#include "kernels.h"

#include "../conv/convolution.c"
#if HAS_WINOGRAD /* float only: what float64 is for, checks of gradients, wants every digit */
#include "../conv/winograd_cost.c"
#include "../conv/winograd_doors.c"
#endif
#include "../fused/batch_norm.c"
#include "../fused/channel_sum.c"
#include "../fused/cross_entropy.c"
#include "../fused/pointwise.c"
#include "../pool/average.c"
#include "../pool/max.c"
#include "../upsample/upsample.c"
#include "peak.c"

const struct kernels TABLE = {
    .peak = peak,
    .conv2d = conv2d,
    .conv2d_input = conv2d_input,
    .conv2d_weight = conv2d_weight,
    .conv2d_lanes = conv2d_lanes,
    .conv2d_pack = conv2d_pack,
#if HAS_WINOGRAD
    .winograd = winograd,
    .winograd_input = winograd_input,
    .winograd_weight = winograd_weight,
    .winograd_cost = winograd_cost,
    .winograd_pack = winograd_pack,
#endif
    .batch_norm = batch_norm,
    .batch_norm_backward = batch_norm_backward,
    .relu = relu,
    .add_relu = add_relu,
    .relu_backward = relu_backward,
    .channel_sum = channel_sum,
    .cross_entropy = cross_entropy,
    .cross_entropy_backward = cross_entropy_backward,
    .adam = adam,
    .sgd = sgd,
    .max_pool2d = max_pool2d,
    .pool_scatter = pool_scatter,
    .pool_gather = pool_gather,
    .avg_pool2d = avg_pool2d,
    .avg_pool2d_adjoint = avg_pool2d_adjoint,
    .upsample_nearest2d = upsample_nearest2d,
    .upsample_nearest2d_adjoint = upsample_nearest2d_adjoint,
    .upsample_bilinear2d = upsample_bilinear2d,
    .upsample_bilinear2d_adjoint = upsample_bilinear2d_adjoint,
};
