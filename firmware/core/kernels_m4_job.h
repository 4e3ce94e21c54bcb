/** Cortex-M4 kernels: what the C drivers (kernels_m4.c) and the assembler (kernels_m4_*.S) share. */
#ifndef LF_KERNELS_M4_JOB_H
#define LF_KERNELS_M4_JOB_H

/* Byte offsets of lf_m4_job's fields, for the assembler; kernels_m4.c asserts that they agree. */
#define JOB_IN 0
#define JOB_PITCH 4
#define JOB_TABLE 8
#define JOB_TABLE_END 12
#define JOB_OUT 16
#define JOB_OUT_PITCH 20
#define JOB_CHANNELS 24
#define JOB_GROUPS 28
#define JOB_STEPS 32
#define JOB_ZERO 36
#define JOB_LOW 40
#define JOB_HIGH 44
#define JOB_TILE 48

/** Most channel-pair steps of lf_m4_conv3: 32 input channels. */
#define LF_M4_CONV3_STEPS 16
/** Most elements of a filter of lf_m4_window. */
#define LF_M4_WINDOW_ELEMENTS 4096

/* The same of lf_m4_quads_job; kernels_m4_depthwise.c asserts that they agree. */
#define QUADS_IN 0
#define QUADS_PITCH 4
#define QUADS_APART 8
#define QUADS_WEIGHTS 12
#define QUADS_WEIGHTS_END 16
#define QUADS_TAPS 20
#define QUADS_OUT 24
#define QUADS_COUNT 28
#define QUADS_ZERO 32
#define QUADS_BIAS 36
#define QUADS_SCALES 52

/* The same of lf_m4_dense_job; kernels_m4_dense.c asserts that they agree. */
#define DENSE_WEIGHTS 0
#define DENSE_INPUTS 4
#define DENSE_SKIP 8
#define DENSE_TILE 12
#define DENSE_TILE_END 16
#define DENSE_BIAS 20
#define DENSE_MULTIPLIER 24
#define DENSE_SHIFT 28
#define DENSE_NEXT 32
#define DENSE_ZERO 36
#define DENSE_OUT 40
#define DENSE_COUNT 44

/** Words of a column and channel in which lf_m4_nine finds its input: two rows each. */
#define LF_M4_NINE_WORDS 5

#ifndef __ASSEMBLER__
#include <stdint.h>

/** Runs of 4 convolution positions over all output channels. */
typedef struct {
  const int8_t *in;       /* first input element of the first position, may be unaligned */
  uint32_t pitch;         /* bytes from one position to the next */
  const uint8_t *table;   /* blocks of two output channels, the last channels first */
  const uint8_t *table_end;
  int8_t *out;            /* of the first position */
  uint32_t out_pitch;     /* bytes from one output position to the next, even and at least `channels` */
  uint32_t channels;      /* output channels, rounded up to even */
  uint32_t groups;        /* number of runs, at least 1 */
  uint32_t steps;         /* words of a channel's filter (conv3: of one tap of it), two elements each */
  int32_t zero, low, high; /* output zero point and clamp */
  uint32_t *tile;         /* lf_m4_window: 4 * steps words of scratch */
} lf_m4_job;

/** Filter of 3 at stride 1, pairs of positions pooled; `fast`: clamp is -128..127 and the zero point -128. */
void lf_m4_conv3_pool_fast(const lf_m4_job *job);
void lf_m4_conv3_pool_fast2(const lf_m4_job *job); /* 2 steps */
void lf_m4_conv3_pool_fast4(const lf_m4_job *job); /* 4 steps */
void lf_m4_conv3_pool(const lf_m4_job *job);
void lf_m4_conv3_fast(const lf_m4_job *job);
void lf_m4_conv3(const lf_m4_job *job);

/** Any filter and stride; pool: 1 or 2. */
void lf_m4_window(const lf_m4_job *job, uint32_t pool);
void lf_m4_window_narrow(const lf_m4_job *job, uint32_t pool); /* weights int8 */

/** lf_m4_window without pooling, clamp -128..127; `fast`: zero point -128; `three`: runs of three positions. */
void lf_m4_points(const lf_m4_job *job);
void lf_m4_points_fast(const lf_m4_job *job);
void lf_m4_points_three(const lf_m4_job *job);

/** Depthwise convolution of four channels; arrays in the order of channels 0, 2, 1, 3. */
typedef struct {
  const int8_t *in;   /* first tap of the next position, may be unaligned */
  uint32_t pitch;     /* bytes from a row to the next, of input and output */
  uint32_t apart;     /* bytes of input from a position to the next */
  const uint32_t *weights, *weights_end; /* two words a tap */
  uint32_t taps;
  int8_t *out;
  uint32_t count;     /* positions left, at least 1 */
  int32_t zero;
  int32_t bias[4];    /* doubled */
  struct {
    int32_t multiplier, power;
  } scales[4];
} lf_m4_quads_job;

/** Positions one by one; clamp -128..127. */
void lf_m4_quads(lf_m4_quads_job *job);

/** Two rows of input of four channels; the assembler reads the fields in this order. */
typedef struct {
  const int8_t *rows[2]; /* first column, word-aligned */
  uint32_t apart[2];     /* bytes from a column to the next; 0: all alike */
  uint32_t *to;          /* the first column's word of these rows; a column has LF_M4_NINE_WORDS words of each channel */
  uint32_t columns;
} lf_m4_apart_job;

void lf_m4_nine_apart(const lf_m4_apart_job *job);

/** Depthwise convolution of a channel, 3 x 3, pairs of rows of outputs; the assembler reads the fields in this order. */
typedef struct {
  const int32_t *table;  /* 9 words */
  const uint32_t *words; /* of the channel, first column */
  int8_t *out;
  int32_t zero;
  uint32_t apart, out_row; /* bytes from an output to the next column's, to the next row's */
  uint32_t columns, pairs; /* of outputs, at least 2; of rows of outputs, at least 1 */
} lf_m4_nine_job;

/** Clamp -128..127, stride 1 or (`second`) 2; `fast`: zero point -128. */
void lf_m4_nine(const lf_m4_nine_job *job);
void lf_m4_nine_fast(const lf_m4_nine_job *job);
void lf_m4_nine_second(const lf_m4_nine_job *job);
void lf_m4_nine_second_fast(const lf_m4_nine_job *job);

/** Pairs of outputs of a fully connected layer. */
typedef struct {
  const int8_t *weights; /* of the next pair, may be unaligned */
  uint32_t inputs;       /* bytes of an output's weights */
  uint32_t skip;         /* from behind the weights read of the first of a pair to the next pair's */
  const uint32_t *tile, *tile_end;
  const int32_t *bias, *multiplier;
  const int8_t *shift;
  uint32_t next;         /* 1, or 0 if all have the same multiplier and shift */
  int32_t zero;
  int8_t *out;
  uint32_t count;        /* pairs left, at least 1 */
} lf_m4_dense_job;

void lf_m4_dense_pairs(lf_m4_dense_job *job);

/** Outputs of a fully connected layer of nine inputs, all of one scale; the assembler reads the fields in this order. */
typedef struct {
  const int8_t *in, *weights; /* may be unaligned */
  const int32_t *bias;
  int8_t *out, *out_end; /* an even number, at least 2 */
  int32_t multiplier, power; /* power: 2^(32 - shift), of a shift of 2 or more */
  int32_t zero;
} lf_m4_few_job;

void lf_m4_dense_nine(const lf_m4_few_job *job);

/** Adds to three sums the inputs (a multiple of eight, at least 8) times the rows of weights. */
void lf_m4_dense_three(const int8_t *in, uint32_t inputs, const int8_t *weights, int32_t sums[3]);
#endif
#endif
