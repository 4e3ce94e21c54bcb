/** Cortex-M3, depthwise 3 x 3: what the C driver (kernels_nine.c) and the assembler (kernels_m3_nine.S) share. */
#ifndef LF_KERNELS_M3_NINE_H
#define LF_KERNELS_M3_NINE_H

/* Byte offsets of lf_m3_nine_job's fields, for the assembler; kernels_nine.c asserts that they agree. */
#define NINE_FIRST 0
#define NINE_SECOND 4
#define NINE_ROW 8
#define NINE_APART 12
#define NINE_STEP 16
#define NINE_OUT 20
#define NINE_OUT_ROW 24
#define NINE_POSITIONS 28
#define NINE_PAIRS 32
#define NINE_NEXT_IN 36
#define NINE_NEXT_OUT 40
#define NINE_LEFT 44
#define NINE_WEIGHTS 48
#define NINE_BIAS 84
#define NINE_MULTIPLIER 88
#define NINE_ROUNDING 92
#define NINE_SHIFT 96
#define NINE_BYTES 128

#ifndef __ASSEMBLER__
#include <stdint.h>

/** Pairs of rows of outputs of one channel. */
typedef struct {
  const int8_t *first, *second; /* inputs at the top left of both rows' first position */
  uint32_t row, apart;          /* bytes from an input row to the next, from a column to the next (of input and output) */
  uint32_t step;                /* from the third column under a position to the first under the next */
  int8_t *out;
  uint32_t out_row;             /* bytes from the first row of outputs to the second */
  uint32_t positions, pairs;    /* of a row; of rows; at least 1 */
  uint32_t next_in, next_out;   /* from the third column under the last position to the next pair's; from behind a row of outputs */
  uint32_t left;                /* the assembler's own */
  int32_t weights[9];           /* times 4, column by column */
  int32_t bias;                 /* times 4 */
  int32_t multiplier, rounding, shift;
  int32_t unused[7];
} lf_m3_nine_job;

/** Clamp -128..127. Rounding: (2 * zero + 1) << (shift - 1). */
void lf_m3_nine(const lf_m3_nine_job *job);

/** Zero point -128. Shift: one more; rounding: 1 + (2 * zero + 1) << (shift - 1) by the larger shift. */
void lf_m3_nine_fast(const lf_m3_nine_job *job);
#endif
#endif
