/* The inner loop with its roles exchanged: output channels lie in the lanes, and each pixel is copied to all of them.

       sum[j][v]  +=  sum over i of  x[j][offset[i]]  *  w[i][v]           (v: a vector of output channels)

                         w[i][0]   w[i][1]   w[i][2]       for each i:  load 3 vectors,
                       +---------+---------+---------+                  8 numbers, each copied to all lanes,
       x[0][offset[i]] |  sum    |  sum    |  sum    |                  24 multiply-adds
       x[1][offset[i]] |  sum    |  sum    |  sum    |
             ...       |         |         |         |     The x[j] may lie anywhere, with any stride: short rows and
       x[7][offset[i]] |  sum    |  sum    |  sum    |     steps cost nothing. It is channels that must fill vectors.

   Forward i is a pair (c,t) and j a pixel; in the weight gradient, i is a pixel, j a pair (c,t), and g stands for w.

   The rows of a tile of 1, 2, 3 vectors: few vectors leave registers for more rows, and each row is a sum that need not
   wait for the one before. */
#if VECTOR_BYTES == 64 || defined(__aarch64__)
enum { ROWS_OF_1 = 12, ROWS_OF_2 = 12, ROWS_OF_3 = 8 };
#else
enum { ROWS_OF_1 = 8, ROWS_OF_2 = 6, ROWS_OF_3 = 4 };
#endif
enum { MAX_ROWS = ROWS_OF_1, MAX_TILE_SIZE = ROWS_OF_3 * 3 > MAX_ROWS * 2 ? ROWS_OF_3 * 3 : MAX_ROWS * 2 };

/* out (rows, tile_v, LANES)  INOUT, or OUT if the sums begin with `start` (tile_v, LANES);  w (count, tile_v, LANES)  IN */
ALWAYS_INLINE void add_products(const int rows, const int tile_v, ptrdiff_t count, const ptrdiff_t *offset, const real *const *x,
                                const real *w, const real *start, real *out) {
    vec sum[MAX_ROWS][TILE_V];
    const real *at[MAX_ROWS];
#pragma GCC unroll 12
    for (int j = 0; j < rows; j++) {
        at[j] = x[j];
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++) sum[j][v] = load(start ? start + v * LANES : out + (j * tile_v + v) * LANES);
    }
    for (ptrdiff_t i = 0; i < count; i++, w += tile_v * LANES) {
        vec channels[TILE_V];
        ptrdiff_t here = offset[i];
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++) channels[v] = in_register(load(w + v * LANES));
#pragma GCC unroll 12
        for (int j = 0; j < rows; j++)
#pragma GCC unroll 8
            for (int v = 0; v < tile_v; v++) sum[j][v] += at[j][here] * channels[v];
    }
#pragma GCC unroll 12
    for (int j = 0; j < rows; j++)
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++) store(out + (j * tile_v + v) * LANES, sum[j][v]);
}

static __attribute__((noinline)) void add_products_1(ptrdiff_t count, const ptrdiff_t *offset, const real *const *x,
                                                     const real *w, const real *start, real *out) {
    add_products(ROWS_OF_1, 1, count, offset, x, w, start, out);
}
static __attribute__((noinline)) void add_products_2(ptrdiff_t count, const ptrdiff_t *offset, const real *const *x,
                                                     const real *w, const real *start, real *out) {
    add_products(ROWS_OF_2, 2, count, offset, x, w, start, out);
}
static __attribute__((noinline)) void add_products_3(ptrdiff_t count, const ptrdiff_t *offset, const real *const *x,
                                                     const real *w, const real *start, real *out) {
    add_products(ROWS_OF_3, 3, count, offset, x, w, start, out);
}

typedef void (*product_tile)(ptrdiff_t count, const ptrdiff_t *offset, const real *const *x, const real *w, const real *start, real *out);

/* How the K output channels of a group are cut into tiles of 1 to TILE_V vectors. */
struct channel_tiles {
    ptrdiff_t count, vectors, lanes; /* tiles; vectors and channels in each */
    int rows;                        /* of a product tile */
    product_tile add;
};

static struct channel_tiles cut_channels(ptrdiff_t K) {
    ptrdiff_t vectors = ceil_div(K, LANES);
    struct channel_tiles tiles = {.vectors = 1, .add = add_products_1};
    for (ptrdiff_t v = 2; v <= smaller(TILE_V, vectors); v++) /* the widest of those that waste least */
        if (ceil_div(vectors, v) * v <= ceil_div(vectors, tiles.vectors) * tiles.vectors || v == 2) tiles.vectors = v;
    tiles.add = tiles.vectors == 1 ? add_products_1 : tiles.vectors == 2 ? add_products_2 : add_products_3;
    tiles.rows = tiles.vectors == 1 ? ROWS_OF_1 : tiles.vectors == 2 ? ROWS_OF_2 : ROWS_OF_3;
    tiles.lanes = tiles.vectors * LANES;
    tiles.count = ceil_div(K, tiles.lanes);
    return tiles;
}

/* Blocks of output rows with the input that they need: every pixel once, zeros outside the image. */
struct block_plan {
    struct correlation dense; /* the same input, packed as if for stride 1 */
    struct planes planes;
    ptrdiff_t rows, blocks;   /* output rows in a block; blocks in an image */
    ptrdiff_t pixels;         /* outputs in a block */
    ptrdiff_t *pixel;         /* pixels: where output j finds tap 0 of its input in a plane */
    ptrdiff_t *tables;
};

/* Returns 0, or -1 if there is no memory; free(plan.tables). */
static int plan_blocks(const struct correlation *z, ptrdiff_t pixels, struct block_plan *plan) {
    ptrdiff_t blocks = ceil_div(z->P, clamp(pixels / z->Q, 1, z->P));
    plan->rows = ceil_div(z->P, blocks);
    plan->blocks = ceil_div(z->P, plan->rows);
    plan->pixels = plan->rows * z->Q;
    plan->dense = *z;
    plan->dense.stride_y = plan->dense.stride_x = 1;
    plan->dense.Q = (z->Q - 1) * z->stride_x + 1;
    plan->tables = malloc(planes_bytes(z->taps) + (size_t)plan->pixels * sizeof(ptrdiff_t));
    if (!plan->tables) return -1;
    plan->planes = lay_out_planes(&plan->dense, (plan->rows - 1) * z->stride_y + 1, plan->tables);
    plan->pixel = plan->tables + planes_bytes(z->taps) / sizeof(ptrdiff_t);
    for (ptrdiff_t j = 0; j < plan->pixels; j++)
        plan->pixel[j] = j / z->Q * z->stride_y * plan->planes.pitch + j % z->Q * z->stride_x;
    return 0;
}

/* out OUT: input planes of `channels` channels from x for `rows` output rows from p0 */
static void pack_block(const struct correlation *z, const struct block_plan *plan, const real *x, ptrdiff_t channels, ptrdiff_t p0,
                       ptrdiff_t rows, real *out) {
    pack_planes(&plan->dense, &plan->planes, x, channels, p0 * z->stride_y, (rows - 1) * z->stride_y + 1, out);
}
