/* The most that this processor can do: multiply-adds on registers alone, without a load or a store.

       sum[i] = sum[i] * a + b        24 independent sums: more than the multiply-adds in flight at once

   Every kernel's speed is a share of this. */
#pragma once
#include "threads.h"
#include "vector.h"

enum { PEAK_SUMS = LANES * sizeof(real) == 64 ? 24 : 12, PEAK_ROUNDS = 1 << 20 };

static void multiply_add(void *argument, ptrdiff_t index, int worker) {
    real *out = (real *)argument + index * CACHE_LINE;
    vec sum[PEAK_SUMS];
    vec a = (vec){0} + out[0], b = (vec){0} + out[1]; /* from memory, so that nothing is known about them */
    (void)worker;
#pragma GCC unroll 24
    for (int i = 0; i < PEAK_SUMS; i++) sum[i] = (vec){0} + (real)i;
    for (int round = 0; round < PEAK_ROUNDS; round++)
#pragma GCC unroll 24
        for (int i = 0; i < PEAK_SUMS; i++) sum[i] = in_register(sum[i] * a + b);
    vec all = {0};
#pragma GCC unroll 24
    for (int i = 0; i < PEAK_SUMS; i++) all += sum[i];
    store(out + 2, all);
}

/* numbers (workers, CACHE_LINE) INOUT. Returns the floating-point operations that were done. */
static double peak(int workers, void *numbers) {
    parallel_for(workers, workers, multiply_add, numbers);
    return 2.0 * PEAK_ROUNDS * (int)PEAK_SUMS * (int)LANES * workers;
}
