/* The vector type in which every kernel is written.

   real    float or double                      set on the compiler's command line (REAL)
   vec     VECTOR_BYTES bytes of real           64 with AVX-512, 32 with AVX2, 16 otherwise
   LANES   how many reals fit into one vec      16, 8, 4 for float; 8, 4, 2 for double

   GCC and Clang turn `+` and `*` on a vec into the instructions of the level being compiled; a scalar
   operand is copied to all lanes. No intrinsics, so one source serves x86 and Arm. */
#ifndef CUTAWAY_VECTOR_H
#define CUTAWAY_VECTOR_H

#include <stddef.h>
#include <stdint.h>

typedef REAL real;
typedef real vec __attribute__((vector_size(VECTOR_BYTES)));
typedef real unaligned_vec __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));

enum { LANES = VECTOR_BYTES / sizeof(real) };

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NEVER_INLINE static __attribute__((noinline))

ALWAYS_INLINE vec load(const real *p) { return *(const unaligned_vec *)p; }
ALWAYS_INLINE void store(real *p, vec v) { *(unaligned_vec *)p = v; }

/* Stores at an aligned p, past the caches, where the processor can; whole cache lines, one after another.
   Only for arrays so large (STREAMED bytes or more) that nobody would find them in a cache later;
   drain_stores() before another thread is told. */
#ifndef STREAMED
#define STREAMED (1 << 25)
#endif
ALWAYS_INLINE void stream(real *p, vec v) {
#if defined(__x86_64__) && VECTOR_BYTES == 64
    __asm__("vmovntps %1, %0" : "=m"(*(vec *)p) : "v"(v));
#elif defined(__x86_64__) && VECTOR_BYTES == 32
    __asm__("vmovntps %1, %0" : "=m"(*(vec *)p) : "x"(v));
#else
    store(p, v);
#endif
}
ALWAYS_INLINE void drain_stores(void) {
#if defined(__x86_64__)
    __asm__ volatile("sfence" ::: "memory");
#endif
}

/* Keeps v in a register: otherwise GCC loads a value again for each multiply-add that uses it,
   and loads are scarce. */
ALWAYS_INLINE vec in_register(vec v) {
#if defined(__x86_64__) && VECTOR_BYTES == 64
    __asm__("" : "+v"(v));
#elif defined(__x86_64__)
    __asm__("" : "+x"(v));
#endif
    return v;
}

/* Lane i of the result is lane from[i] of a, or beyond LANES lane from[i] - LANES of b. */
typedef __typeof__(_Generic((real)0, float: (int32_t)0, double: (int64_t)0)) lane_number;
typedef lane_number lane_numbers __attribute__((vector_size(VECTOR_BYTES)));
#if defined(__clang__)
ALWAYS_INLINE vec shuffle_lanes(vec a, vec b, lane_numbers from) {
    vec out;
    for (int i = 0; i < LANES; i++) out[i] = from[i] < LANES ? a[from[i]] : b[from[i] - LANES];
    return out;
}
#else
ALWAYS_INLINE vec shuffle_lanes(vec a, vec b, lane_numbers from) { return __builtin_shuffle(a, b, from); }
#endif

/* 0, 1, 2, ... */
ALWAYS_INLINE lane_numbers number_lanes(void) {
    lane_numbers out;
#pragma GCC unroll 16
    for (int i = 0; i < LANES; i++) out[i] = i;
    return out;
}

/* Lanes where `kept` is all ones; the others 0, whatever they held. */
ALWAYS_INLINE vec mask_lanes(vec v, lane_numbers kept) { return (vec)((lane_numbers)v & kept); }

/* v cut to 0 .. top, which is infinite for the plain rectifier; NaN stays NaN */
ALWAYS_INLINE vec rectified(vec v, real top) {
    vec highest = (vec){0} + top;
    lane_numbers above = (lane_numbers)(v > highest);
    v = mask_lanes(v, ~(lane_numbers)(v < 0));
    return (vec)(((lane_numbers)highest & above) | ((lane_numbers)v & ~above));
}

/* a and b one after another: their even lanes a0 a2 ... b0 b2 ..., and their odd ones */
ALWAYS_INLINE vec even_lanes(vec a, vec b) { return shuffle_lanes(a, b, 2 * number_lanes()); }
ALWAYS_INLINE vec odd_lanes(vec a, vec b) { return shuffle_lanes(a, b, 2 * number_lanes() + 1); }

/* a and b in turn: a0 b0 a1 b1 ...; the first LANES of these, and the others. `& 1` is the lane's parity. */
ALWAYS_INLINE vec zip_low(vec a, vec b) {
    return shuffle_lanes(a, b, number_lanes() / 2 + (number_lanes() & 1) * LANES);
}
ALWAYS_INLINE vec zip_high(vec a, vec b) {
    return shuffle_lanes(a, b, number_lanes() / 2 + LANES / 2 + (number_lanes() & 1) * LANES);
}

/* v (LANES) INOUT: lane j of v[i] changes places with lane i of v[j]. Zipping the first half with the second
   moves one bit of the position from the vector's number to the lane's; after all bits the two numbers have
   changed places. */
ALWAYS_INLINE void transpose_lanes(vec *v) {
#pragma GCC unroll 8
    for (int round = 1; round < LANES; round *= 2) {
        vec zipped[LANES];
#pragma GCC unroll 16
        for (int i = 0; i < LANES / 2; i++) {
            zipped[2 * i] = zip_low(v[i], v[i + LANES / 2]);
            zipped[2 * i + 1] = zip_high(v[i], v[i + LANES / 2]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < LANES; i++) v[i] = zipped[i];
    }
}

ALWAYS_INLINE ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
ALWAYS_INLINE ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
ALWAYS_INLINE ptrdiff_t clamp(ptrdiff_t a, ptrdiff_t lo, ptrdiff_t hi) { return larger(lo, smaller(a, hi)); }
/* b > 0; rounds towards minus infinity and plus infinity. */
ALWAYS_INLINE ptrdiff_t floor_div(ptrdiff_t a, ptrdiff_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }
ALWAYS_INLINE ptrdiff_t ceil_div(ptrdiff_t a, ptrdiff_t b) { return -floor_div(-a, b); }

#endif
