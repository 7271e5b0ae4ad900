/* Winograd's tiles: from images to vectors of tiles, and back.

   An image of P x Q outputs is cut into tiles of 4 x 4. A strip is LANES columns of one row of tiles, LANES/4 tiles side
   by side; four strips, wherever they lie, fill a vector of tiles. Along the columns a strip is transformed as it lies in
   memory; then its columns are dealt out, and along the rows lane i works for tile i. LANES = 16, one strip:

         image rows (6 x 16 columns, and 4 columns further right)        lanes of tiles[0..3]
         | a b c d | e f g h | i j k l | m n o p |           ->          a e i m ..  b f j n ..  c g k o ..  d h l p ..
           tile 0    tile 1    tile 2    tile 3                          (three more strips fill the lanes)

   Columns 4 and 5 of a patch are columns 0 and 1 of the image 4 columns further right. */

enum { STRIPS = 4 }; /* in a vector of tiles */

/* Images of which tiles are cut; `size` elements in all, and no read leaves them. */
struct images {
    const real *data;
    ptrdiff_t size, channels, H, W;
};

struct strip {
    ptrdiff_t n, p, q; /* image, first row, first column of the output; n < 0: there is none */
};

/* The tiles of N images of P x Q outputs. */
struct grid {
    ptrdiff_t N, rows, per_row, vectors;
};

static struct grid make_grid(ptrdiff_t N, ptrdiff_t P, ptrdiff_t Q) {
    struct grid grid = {.N = N, .rows = ceil_div(P, TILE), .per_row = ceil_div(Q, LANES)};
    grid.vectors = ceil_div(N * grid.rows * grid.per_row, STRIPS);
    return grid;
}

/* strips (STRIPS)  OUT: those of one vector of tiles */
static void find_strips(const struct grid *grid, ptrdiff_t vector, struct strip *strips) {
    for (int i = 0; i < STRIPS; i++) {
        ptrdiff_t index = vector * STRIPS + i, per_image = grid->rows * grid->per_row;
        strips[i].n = index < grid->N * per_image ? index / per_image : -1;
        strips[i].p = index % per_image / grid->per_row * TILE;
        strips[i].q = index % grid->per_row * LANES;
    }
}

/* out (rows) OUT: the LANES columns from w of the rows from h of one plane; 0 outside. A vector that begins or ends
   outside the row is read all the same, if it stays within the images, and what is foreign is masked out. */
ALWAYS_INLINE void load_rows(const struct images *x, ptrdiff_t plane, ptrdiff_t h, ptrdiff_t w, const int rows, vec *out) {
    ptrdiff_t at = (plane * x->H + h) * x->W + w;
    if (h >= 0 && h + rows <= x->H && w >= 0 && w + LANES <= x->W) {
#pragma GCC unroll 6
        for (int i = 0; i < rows; i++) out[i] = load(x->data + at + i * x->W);
        return;
    }
    ptrdiff_t first = larger(0, -w), last = smaller(LANES, x->W - w);
    lane_numbers lane = number_lanes(), inside = (lane >= (lane_number)clamp(first, 0, LANES)) & (lane < (lane_number)clamp(last, 0, LANES));
    for (int i = 0; i < rows; i++, at += x->W) {
        if (h + i < 0 || h + i >= x->H || last <= first) out[i] = (vec){0};
        else if (at >= 0 && at + LANES <= x->size) out[i] = keep_lanes(load(x->data + at), inside);
        else {
            real row[LANES] = {0};
            for (ptrdiff_t j = first; j < last; j++) row[j] = x->data[at + j];
            out[i] = load(row);
        }
    }
}

/* out (36, step) OUT: B^T d B for the patches d that a vector of tiles sees in channel c, its corner at (p - top, q - left) */
static void input_tiles(const struct images *x, const struct strip *strips, ptrdiff_t c, ptrdiff_t top, ptrdiff_t left,
                        ptrdiff_t step, real *out) {
    vec near[PATCH][STRIPS], far[PATCH][STRIPS]; /* columns from q - left, and 4 further right */
    for (int s = 0; s < STRIPS; s++) {
        vec d[PATCH] = {{0}}, u[PATCH];
        ptrdiff_t plane = strips[s].n * x->channels + c, h = strips[s].p - top, w = strips[s].q - left;
        if (strips[s].n >= 0) load_rows(x, plane, h, w, PATCH, d);
        transform_input(d, u);
        for (int i = 0; i < PATCH; i++) near[i][s] = u[i];
        if (strips[s].n >= 0) load_rows(x, plane, h, w + TILE, PATCH, d);
        transform_input(d, u);
        for (int i = 0; i < PATCH; i++) far[i][s] = u[i];
    }
    for (int i = 0; i < PATCH; i++) {
        vec d[TILE + TILE], u[PATCH];
        columns_to_tiles(near[i], d);
        columns_to_tiles(far[i], d + TILE);
        transform_input(d, u);
#pragma GCC unroll 6
        for (int j = 0; j < PATCH; j++) store(out + (PATCH * i + j) * step, u[j]);
    }
}

/* out (36, step) OUT: A y A^T for the 4 x 4 tiles y of slopes in channel k */
static void slope_tiles(const struct images *g, const struct strip *strips, ptrdiff_t k, ptrdiff_t step, real *out) {
    vec columns[PATCH][STRIPS];
    for (int s = 0; s < STRIPS; s++) {
        vec y[TILE] = {{0}}, u[PATCH];
        if (strips[s].n >= 0) load_rows(g, strips[s].n * g->channels + k, strips[s].p, strips[s].q, TILE, y);
        transform_slopes(y, u);
        for (int i = 0; i < PATCH; i++) columns[i][s] = u[i];
    }
    for (int i = 0; i < PATCH; i++) {
        vec y[TILE], u[PATCH];
        columns_to_tiles(columns[i], y);
        transform_slopes(y, u);
#pragma GCC unroll 6
        for (int j = 0; j < PATCH; j++) store(out + (PATCH * i + j) * step, u[j]);
    }
}

/* m (36, step) IN -> y = A^T m A + bias, perhaps rectified, written to channel k of y (N, K, P, Q) */
static void output_tiles(const vec *m, ptrdiff_t step, const struct strip *strips, real bias, int relu, ptrdiff_t k, ptrdiff_t K,
                         ptrdiff_t P, ptrdiff_t Q, real *y) {
    vec half[TILE][PATCH];
    for (int j = 0; j < PATCH; j++) {
        vec column[PATCH], out[TILE];
#pragma GCC unroll 6
        for (int i = 0; i < PATCH; i++) column[i] = m[(PATCH * i + j) * step];
        transform_output(column, out);
        for (int i = 0; i < TILE; i++) half[i][j] = out[i];
    }
    for (int i = 0; i < TILE; i++) {
        vec tiles[TILE], columns[STRIPS];
        transform_output(half[i], tiles);
        tiles_to_columns(tiles, columns);
        for (int s = 0; s < STRIPS; s++) {
            if (strips[s].n < 0 || strips[s].p + i >= P) continue;
            vec value = relu ? rectified(columns[s] + bias) : columns[s] + bias;
            real *to = y + ((strips[s].n * K + k) * P + strips[s].p + i) * Q + strips[s].q;
            if (strips[s].q + LANES <= Q) store(to, value);
            else memcpy(to, &value, (size_t)(Q - strips[s].q) * sizeof(real));
        }
    }
}
