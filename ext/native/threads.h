/* Parallel loops over a small pool of sleeping threads, and scratch memory for them. */
#ifndef CUTAWAY_THREADS_H
#define CUTAWAY_THREADS_H

#include <stddef.h>

typedef void (*loop_body)(void *job, ptrdiff_t index, int worker);

/* Calls body(job, i, worker) once for each i in 0 .. count-1, on up to `workers` threads;
   worker is in 0 .. workers-1, and one worker runs one index at a time. Which worker gets which index is a
   matter of luck: for results that do not depend on the number of threads, an index must own what it writes.
   Denormal numbers count as zero inside. */
void parallel_for(ptrdiff_t count, int workers, loop_body body, void *job);

int get_thread_count(void);
void set_thread_count(int count);

enum { CACHE_LINE = 64 };

/* At least `bytes` bytes, aligned to a cache line, valid until the calling thread asks for this slot again;
   NULL if there is no memory. The buffers stay with their thread, so that they are not page-faulted in anew
   in every call. */
enum scratch_slot { WORK, PHASES, SCRATCH_SLOTS };
void *scratch(enum scratch_slot slot, size_t bytes);

#endif
