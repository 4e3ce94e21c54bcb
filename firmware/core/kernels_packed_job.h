/**
 * Kernels that add up two positions in one 32-bit word (Cortex-M3 and M0+, which lack a dual multiply-accumulate):
 * what the C driver (kernels_packed.c) and the assembler (kernels_m3_*.S, kernels_m0p_*.S) share.
 *
 * A word of the tile holds the activations of two positions, x[even] + x[odd] * 65536; times a weight, added to an
 * accumulator, that is one multiply-add for each. A run is 8 positions, so 4 words a filter element.
 *
 * Fields start at 0x8000. Before one could leave 16 bits, its bits above the lowest 7 move to a second word, `upper`,
 * and the field is set to its lowest 7 bits plus 0x8000 again ("flush"). The packer places the flushes;
 * harness/model/pack/layouts/packed.ts and stacked.ts explain the streams, chunks.ts computes the bounds.
 */
#ifndef LF_KERNELS_PACKED_JOB_H
#define LF_KERNELS_PACKED_JOB_H

/* Byte offsets of lf_packed_job's fields, for the assembler; kernels_packed.c asserts that they agree. */
#define JOB_TILE 0
#define JOB_TABLE 4
#define JOB_TABLE_END 8
#define JOB_OUT 12
#define JOB_OUT_PITCH 16
#define JOB_MODE 20
#define JOB_LOW 24
#define JOB_HIGH 28
#define JOB_IN 32
#define JOB_PITCH 36
#define JOB_ELEMENTS 40
#define JOB_CHANNELS 44
#define JOB_RUNS 48
#define JOB_OUT_STEP 52
#define JOB_ZERO 56

/* Bits of `mode`. */
#define MODE_POOL 1 /* the larger of each two positions */
#define MODE_FAST 2 /* zero point -128, clamp to the whole range */
#define MODE_TAPS 4 /* filter of 3 at stride 1 */

/* A header takes the room of so many weights: on a Cortex-M0+ every element and header fills a word. */
#if __ARM_ARCH == 6
#define HEADER_WEIGHTS 2
#define PACKED_STORES 0 /* knows HEADER_STORE */
#else
#define HEADER_WEIGHTS 1
#define PACKED_STORES 1
#endif

/* The stream's headers. 1..PACKED_UNROLLED: flush, then so many steps; negative: the same as the first flush. */
#define PACKED_UNROLLED 24
#define HEADER_STORE 32         /* -(32 + n): put the accumulators aside whole, begin new ones; n steps */
#define HEADER_CONTINUE 64      /* + n: n steps without a flush before */
#define HEADER_END 0            /* end; nothing was flushed */
#define HEADER_END_FLUSHED -128 /* end; add what was flushed */
#define HEADER_END_STORED -127  /* end; add what was put aside */

/* Headers of lf_m3_stacked_run, whose end is minus the number of flushes. */
#define STACKED_CONTINUE 64 /* -(64 + n): n steps more */
#define STACKED_FLUSHES 31  /* most of them: each takes 32 bytes of stack */

/* Most input channels of each of the two parts of lf_m3_taps_two. */
#define LF_M3_TAPS_PART 4
#define LF_M3_TAPS_SLOTS (2 * LF_M3_TAPS_PART)

/* Words of a channel's constants behind a stream: 4 * bias, multiplier, rounding, right shift; small ones see packed.ts. */
#define PACKED_CONSTANTS 4
#define PACKED_SMALL_CONSTANTS 2

#ifndef __ASSEMBLER__
#include "kernels.h"

/** Positions of a run. */
enum { LF_PACKED_RUN = 8 };

typedef struct {
  uint32_t *tile;       /* scratch: 4 words a filter element */
  const uint8_t *table; /* blocks of two output channels, the last channels first */
  const uint8_t *table_end;
  int8_t *out; /* first output of the run, at the last pair of channels */
  uint32_t out_pitch;
  uint32_t mode;
  int32_t low, high;
  const int8_t *in;   /* first input element of the first position */
  uint32_t pitch;     /* bytes from one position to the next */
  uint32_t elements;  /* of a filter */
  uint32_t channels;  /* of the input */
  uint32_t runs;      /* of 8 positions each, at least 1 */
  uint32_t out_step;  /* bytes from the outputs of one run to those of the next */
  int32_t zero;       /* 2 * zero point of the output + 1 */
} lf_packed_job;

/** Runs of 8 positions over all output channels; weights int8 (Cortex-M3 only) or wide, int16. */
void lf_packed_run(const lf_packed_job *job);
void lf_packed_run_wide(const lf_packed_job *job);

/** The same with int8 weights in a stream of its own, kernels_m3_stacked.S; with small constants. */
void lf_m3_stacked_run(const lf_packed_job *job);
void lf_m3_stacked_run_small(const lf_packed_job *job);

/** Filter of 3 at stride 1, pooled and fast; `elements`: input channels of the first part. kernels_m3_taps.S */
void lf_m3_taps_one(const lf_packed_job *job);
void lf_m3_taps_two(const lf_packed_job *job);

/** Whether MODE_FAST applies. */
int lf_packed_is_fast(const lf_step *step);

/**
 * A whole step by runs. Scratch: `tile_bytes` for the tile, then padded rows, then outputs beside.
 */
void lf_packed_convolve(const lf_step *step, const uint8_t *table, const uint8_t *table_end, uint32_t elements,
                        uint32_t tile_bytes, const int8_t *in, int8_t *out, uint8_t *scratch, void run(const lf_packed_job *));
#endif
#endif
