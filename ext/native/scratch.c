/* scratch: a few growing buffers per thread, freed when their thread ends. */
#include "threads.h"

#include <pthread.h>
#include <stdlib.h>

struct buffer {
    void *memory;
    size_t bytes;
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void release(void *argument) {
    struct buffer *buffers = argument;
    for (int slot = 0; slot < SCRATCH_SLOTS; slot++) free(buffers[slot].memory);
    free(buffers);
}

static void make_key(void) { pthread_key_create(&key, release); }

void *scratch(enum scratch_slot slot, size_t bytes) {
    pthread_once(&once, make_key);
    struct buffer *buffers = pthread_getspecific(key);
    if (!buffers) {
        buffers = calloc(SCRATCH_SLOTS, sizeof *buffers);
        if (!buffers || pthread_setspecific(key, buffers) != 0) {
            free(buffers);
            return NULL;
        }
    }
    struct buffer *buffer = &buffers[slot];
    if (buffer->bytes < bytes) {
        free(buffer->memory);
        buffer->memory = NULL;
        buffer->bytes = 0;
        if (posix_memalign(&buffer->memory, CACHE_LINE, bytes) != 0) return buffer->memory = NULL;
        buffer->bytes = bytes;
    }
    return buffer->memory;
}
