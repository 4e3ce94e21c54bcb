/**
 * Kernels that add up two positions in one 32-bit word (Cortex-M3 and M0+, which lack a dual multiply-accumulate):
 * what the C driver (kernels_packed.c) and the assembler (kernels_m3_*.S, kernels_m0p_*.S) share.
 *
 * A word of the tile holds the activations of two positions, x[even] + x[odd] * 65536; times a weight, added to an
 * accumulator, that is one multiply-add for each. A run is 8 positions, so 4 words a filter element.
 *
 * Fields start at 0x8000. Before one could leave 16 bits, its bits above the lowest 7 move to a second word, `upper`,
 * and the field is set to its lowest 7 bits plus 0x8000 again ("flush"). The packer places the flushes by the weights;
 * harness/model/layout-packed.ts explains the stream and computes the bounds.
 */
#ifndef LF_KERNELS_PACKED_H
#define LF_KERNELS_PACKED_H

/* Byte offsets of lf_packed_job's fields, for the assembler; kernels_packed.c asserts that they agree. */
#define JOB_TILE 0
#define JOB_TABLE 4
#define JOB_TABLE_END 8
#define JOB_OUT 12
#define JOB_OUT_PITCH 16
#define JOB_MODE 20
#define JOB_LOW 24
#define JOB_HIGH 28

/* Bits of `mode`. */
#define MODE_POOL 1 /* the larger of each two positions */
#define MODE_FAST 2 /* zero point -128, clamp to the whole range */

/* A header takes the room of so many weights: on a Cortex-M0+ every element and header fills a word. */
#if __ARM_ARCH == 6
#define HEADER_WEIGHTS 2
#else
#define HEADER_WEIGHTS 1
#endif

/* The stream's headers. 1..PACKED_UNROLLED: flush, then so many steps; negative: the same as the first flush. */
#define PACKED_UNROLLED 24
#define HEADER_CONTINUE 64      /* + n: n steps without a flush before */
#define HEADER_END 0            /* end; nothing was flushed */
#define HEADER_END_FLUSHED -128 /* end; add what was flushed */

/* Words of a channel's constants behind a stream: 4 * bias, multiplier, rounding, right shift. */
#define PACKED_CONSTANTS 4

#ifndef __ASSEMBLER__
#include <stdint.h>

typedef struct {
  const uint32_t *tile;
  const uint8_t *table; /* blocks of two output channels, the last channels first */
  const uint8_t *table_end;
  int8_t *out; /* first output of the run, at the last pair of channels */
  uint32_t out_pitch;
  uint32_t mode;
  int32_t low, high;
} lf_packed_job;

/** One run of 8 positions over all output channels; weights int8 or (wide) int16. */
void lf_packed_run(const lf_packed_job *job);
void lf_packed_run_wide(const lf_packed_job *job);

/**
 * Fills a tile: for each of `count` filter elements i the words from[i + p * pitch] + from[i + (p + 1) * pitch] * 65536
 * for p = 0, 2, 4, 6.
 */
void lf_packed_stage(uint32_t *tile, const int8_t *from, uint32_t pitch, uint32_t count);
#endif
#endif
