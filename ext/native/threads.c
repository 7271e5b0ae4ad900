/* parallel_for: a caller opens a job, sleeping workers join it, everybody draws indices from one counter.

       caller   open ---- draw 0, 2, 3, 6 ----- close, wait until nobody is inside
       worker 1   wake -- join, draw 1, 4 ----- leave, spin a little, sleep
       worker 2       wake -- join, draw 5 ---- leave, ...
       worker 3                      wake (too late: the job is closed), sleep

   A worker that wakes late is not waited for. A second caller that finds the pool busy runs its loop alone:
   it is a thread too, and the cores are taken. After fork() the child has no workers and starts its own. */
#include "threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
static void relax(void) { _mm_pause(); }
#else
static void relax(void) { atomic_signal_fence(memory_order_seq_cst); }
#endif

enum { MAX_THREADS = 256, SPINS = 4000 }; /* about 50 microseconds: longer than the gap between two layers */

static struct {
    pthread_mutex_t caller; /* held by the thread whose job is open */
    pthread_mutex_t lock;   /* guards what follows, up to the atomics */
    pthread_cond_t opened, left;
    int started, workers, is_open;
    loop_body body;
    void *job;
    ptrdiff_t count;
    atomic_uint generation; /* number of jobs opened so far */
    atomic_int inside;      /* workers that joined and have not left */
    atomic_ptrdiff_t next;  /* the index to be drawn next */
} pool = {.caller = PTHREAD_MUTEX_INITIALIZER,
          .lock = PTHREAD_MUTEX_INITIALIZER,
          .opened = PTHREAD_COND_INITIALIZER,
          .left = PTHREAD_COND_INITIALIZER};

static atomic_int thread_count = 1;

int get_thread_count(void) { return atomic_load(&thread_count); }

void set_thread_count(int count) {
    atomic_store(&thread_count, count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : count);
}

/* Denormals as zero: they cost 100 cycles each, and a network full of dying units is full of them. */
static uint64_t flush_denormals(void) {
#if defined(__x86_64__)
    uint64_t before = _mm_getcsr();
    _mm_setcsr((unsigned)before | 0x8040u); /* flush-to-zero, denormals-are-zero */
#elif defined(__aarch64__)
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" ::"r"(before | (1u << 24)));
#else
    uint64_t before = 0;
#endif
    return before;
}

static void restore_denormals(uint64_t before) {
#if defined(__x86_64__)
    _mm_setcsr((unsigned)before);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" ::"r"(before));
#else
    (void)before;
#endif
}

static void draw(loop_body body, void *job, ptrdiff_t count, int worker) {
    for (ptrdiff_t i; (i = atomic_fetch_add(&pool.next, 1)) < count;) body(job, i, worker);
}

static void *worker_loop(void *argument) {
    int worker = (int)(intptr_t)argument;
    unsigned seen = 0;
    flush_denormals();
    for (;;) {
        for (int i = 0; i < SPINS && atomic_load(&pool.generation) == seen; i++) relax();
        pthread_mutex_lock(&pool.lock);
        while (atomic_load(&pool.generation) == seen) pthread_cond_wait(&pool.opened, &pool.lock);
        seen = atomic_load(&pool.generation);
        int joins = pool.is_open && worker < pool.workers;
        loop_body body = pool.body;
        void *job = pool.job;
        ptrdiff_t count = pool.count;
        if (joins) atomic_fetch_add(&pool.inside, 1);
        pthread_mutex_unlock(&pool.lock);
        if (!joins) continue;
        draw(body, job, count, worker);
        pthread_mutex_lock(&pool.lock);
        if (atomic_fetch_sub(&pool.inside, 1) == 1) pthread_cond_signal(&pool.left);
        pthread_mutex_unlock(&pool.lock);
    }
    return NULL;
}

static void forget_workers(void) { /* in the child of a fork: no other thread exists there */
    pthread_mutex_init(&pool.caller, NULL);
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.opened, NULL);
    pthread_cond_init(&pool.left, NULL);
    pool.started = pool.is_open = 0;
    atomic_store(&pool.generation, 0);
    atomic_store(&pool.inside, 0);
}

static void register_fork_handler(void) { pthread_atfork(NULL, NULL, forget_workers); }

static void start_workers(int workers) { /* worker 0 is the caller */
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_fork_handler);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals belong to Python's main thread */
    while (pool.started < workers - 1) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, worker_loop, (void *)(intptr_t)(pool.started + 1)) != 0) break;
        pthread_detach(thread);
        pool.started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void run_shared(ptrdiff_t count, int workers, loop_body body, void *job) {
    start_workers(workers);
    pthread_mutex_lock(&pool.lock);
    pool.body = body;
    pool.job = job;
    pool.count = count;
    pool.workers = workers;
    pool.is_open = 1;
    atomic_store(&pool.next, 0);
    atomic_fetch_add(&pool.generation, 1);
    pthread_cond_broadcast(&pool.opened);
    pthread_mutex_unlock(&pool.lock);

    draw(body, job, count, 0);

    pthread_mutex_lock(&pool.lock);
    pool.is_open = 0;
    pthread_mutex_unlock(&pool.lock);
    for (int i = 0; i < SPINS && atomic_load(&pool.inside); i++) relax();
    pthread_mutex_lock(&pool.lock);
    while (atomic_load(&pool.inside)) pthread_cond_wait(&pool.left, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

void parallel_for(ptrdiff_t count, int workers, loop_body body, void *job) {
    uint64_t before = flush_denormals();
    if (count > 1 && workers > 1 && pthread_mutex_trylock(&pool.caller) == 0) {
        run_shared(count, workers, body, job);
        pthread_mutex_unlock(&pool.caller);
    } else {
        for (ptrdiff_t i = 0; i < count; i++) body(job, i, 0);
    }
    restore_denormals(before);
}
