/* scratch: one growing buffer per thread, freed when its thread ends. */
#include "threads.h"

#include <pthread.h>
#include <stdlib.h>

enum { CACHE_LINE = 64 };

struct buffer {
    void *memory;
    size_t bytes;
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void release(void *argument) {
    struct buffer *buffer = argument;
    free(buffer->memory);
    free(buffer);
}

static void make_key(void) { pthread_key_create(&key, release); }

void *scratch(size_t bytes) {
    pthread_once(&once, make_key);
    struct buffer *buffer = pthread_getspecific(key);
    if (!buffer) {
        buffer = calloc(1, sizeof *buffer);
        if (!buffer || pthread_setspecific(key, buffer) != 0) {
            free(buffer);
            return NULL;
        }
    }
    if (buffer->bytes < bytes) {
        free(buffer->memory);
        buffer->memory = NULL;
        buffer->bytes = 0;
        if (posix_memalign(&buffer->memory, CACHE_LINE, bytes) != 0) return buffer->memory = NULL;
        buffer->bytes = bytes;
    }
    return buffer->memory;
}
