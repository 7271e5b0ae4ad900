/* The choice of an instruction set at run time: the same binary runs on every processor of its family. */
#include "kernels.h"

#include <string.h>

extern const struct kernels baseline_float, baseline_double;
#if defined(__x86_64__)
extern const struct kernels avx2_float, avx2_double, avx512_float, avx512_double;

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static int has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
}
#endif

const struct kernels *level_kernels(const char *name, int is_double) {
#if defined(__x86_64__)
    if (!strcmp(name, "avx512")) return !has_avx512() ? NULL : is_double ? &avx512_double : &avx512_float;
    if (!strcmp(name, "avx2")) return !has_avx2() ? NULL : is_double ? &avx2_double : &avx2_float;
#endif
    if (!strcmp(name, "baseline")) return is_double ? &baseline_double : &baseline_float;
    return NULL;
}

const char *best_level(void) {
    return level_kernels("avx512", 0) ? "avx512" : level_kernels("avx2", 0) ? "avx2" : "baseline";
}
