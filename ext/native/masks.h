/* Loads and stores of some lanes of a vector: the others are 0, or stay as they were, and their memory is not
   touched. Rows of any length can so be read and written where they lie, without a copy that has room around.

   AVX-512 has a register for such a choice, a bit for each lane, and AVX2 takes a vector of signs; elsewhere
   lanes are taken one by one. */
#ifndef CUTAWAY_MASKS_H
#define CUTAWAY_MASKS_H

#include "vector.h"

#if defined(__x86_64__) && VECTOR_BYTES >= 32
#include <immintrin.h>
#endif

enum { IS_FLOAT = sizeof(real) == sizeof(float) };

#if defined(__x86_64__) && VECTOR_BYTES == 64
typedef unsigned lane_set;
#else
typedef lane_numbers lane_set; /* all ones, or 0 */
#endif

/* Lanes lo .. hi-1, of those that there are. */
ALWAYS_INLINE lane_set lanes_between(ptrdiff_t lo, ptrdiff_t hi) {
    lane_number from = (lane_number)clamp(lo, 0, LANES), to = (lane_number)clamp(hi, 0, LANES);
#if defined(__x86_64__) && VECTOR_BYTES == 64
    return ((1u << to) - 1) & ~((1u << from) - 1);
#else
    return (lane_set)(number_lanes() >= from) & (lane_set)(number_lanes() < to);
#endif
}

ALWAYS_INLINE vec load_lanes(const real *p, lane_set kept) {
#if defined(__x86_64__) && VECTOR_BYTES == 64
    return IS_FLOAT ? (vec)_mm512_maskz_loadu_ps((__mmask16)kept, p)
                    : (vec)_mm512_maskz_loadu_pd((__mmask8)kept, p);
#elif defined(__x86_64__) && VECTOR_BYTES == 32
    return IS_FLOAT ? (vec)_mm256_maskload_ps((const float *)p, (__m256i)kept)
                    : (vec)_mm256_maskload_pd((const double *)p, (__m256i)kept);
#else
    vec out = {0};
#pragma GCC unroll 8
    for (int i = 0; i < LANES; i++)
        if (kept[i]) out[i] = p[i];
    return out;
#endif
}

ALWAYS_INLINE void store_lanes(real *p, lane_set kept, vec v) {
#if defined(__x86_64__) && VECTOR_BYTES == 64
    if (IS_FLOAT) _mm512_mask_storeu_ps(p, (__mmask16)kept, (__m512)v);
    else _mm512_mask_storeu_pd(p, (__mmask8)kept, (__m512d)v);
#elif defined(__x86_64__) && VECTOR_BYTES == 32
    if (IS_FLOAT) _mm256_maskstore_ps((float *)p, (__m256i)kept, (__m256)v);
    else _mm256_maskstore_pd((double *)p, (__m256i)kept, (__m256d)v);
#else
#pragma GCC unroll 8
    for (int i = 0; i < LANES; i++)
        if (kept[i]) p[i] = v[i];
#endif
}

#endif
