/** Input rows with their padding, and output rows of another pitch: what the tuned one-dimensional kernels share. */
#ifndef LF_KERNELS_ROWS_H
#define LF_KERNELS_ROWS_H

#include "kernels.h"

static inline uint32_t lf_even(uint32_t channels) { return (channels + 1u) & ~1u; }

/** Whether a step is one-dimensional (height 1) and its fused pool is none or that of position pairs: 1 or 2, else 0. */
uint32_t lf_rows_pool(const lf_step *s);

/** Scratch bytes that lf_rows_pad may use for `rows` rows; 0 if it will read the input in place. */
uint32_t lf_rows_bytes(const lf_step *s, uint32_t rows);

/**
 * The first `rows` input rows from row -pad_left on, with rows in the padding set to in_zero: the input itself if it
 * has them all and every row is word-aligned, else a copy in `scratch`, in which row 0 is word-aligned and which may be
 * read up to 3 bytes beyond its end.
 */
const int8_t *lf_rows_pad(const lf_step *s, uint32_t rows, const int8_t *in, uint8_t *scratch);

/** Rows under the windows of all positions, of one run of positions at least. */
uint32_t lf_rows_needed(const lf_step *s, uint32_t run);

/** Whether outputs are computed beside `out` and then copied: pairs of channels, or a run, would not fit there. */
int lf_rows_beside(const lf_step *s, uint32_t run_outputs);

/** Bytes of the outputs computed beside; 0 if they are not. Their pitch is the even number of channels. */
uint32_t lf_rows_beside_bytes(const lf_step *s, uint32_t run_outputs);

/** Copies `count` rows of `bytes` bytes each from rows that lie `pitch` bytes apart to adjacent ones. */
void lf_rows_pack(int8_t *to, const int8_t *from, uint32_t pitch, uint32_t bytes, uint32_t count);

#endif
