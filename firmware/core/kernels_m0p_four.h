/** Cortex-M0+: four sums of products at a time, and four sums as outputs. */
#ifndef LF_KERNELS_M0P_FOUR_H
#define LF_KERNELS_M0P_FOUR_H

#include <stdint.h>

/**
 * lf_scale of r0, four times a sum, for the full range, 29 cycles, and its store: the upper word of the product from 16-bit pieces as
 * lf_upper_word_positive. r4, r5: lower and upper half of the multiplier, r6: shift, r12: rounding, r7: output, lr: to the next one; r0-r3: spare.
 */
#define LF_M0P_SCALE                                                                                                   \
  "uxth r1, r0\n\t asrs r0, r0, #16\n\t"                                                                              \
  "movs r2, r1\n\t muls r2, r4\n\t lsrs r2, r2, #16\n\t muls r1, r5\n\t adds r2, r2, r1\n\t"                          \
  "movs r3, r0\n\t muls r3, r4\n\t uxth r1, r3\n\t adds r2, r2, r1\n\t lsrs r2, r2, #16\n\t asrs r3, r3, #16\n\t"      \
  "muls r0, r5\n\t adds r0, r0, r3\n\t adds r0, r0, r2\n\t"                                                          \
  "adds r0, r0, #1\n\t asrs r0, r0, #1\n\t asrs r1, r0, #31\n\t adds r0, r0, r1\n\t"                                 \
  "add r0, r12\n\t asrs r0, r6\n\t"                                                                                  \
  "sxtb r1, r0\n\t cmp r1, r0\n\t beq 4f\n\t asrs r0, r0, #31\n\t movs r1, #127\n\t eors r0, r1\n4:\n\t"            \
  "strb r0, [r7]\n\t add r7, lr\n\t"

/**
 * Adds to four sums the products of four runs of bytes and one, 5.25 cycles a multiply-add.
 * @param ends behind the ends of the four
 * @param minus_count bytes of a run, negative
 * @param end behind the end of the one
 */
void lf_m0p_dot_four(const int8_t *const ends[4], int32_t minus_count, const int8_t *end, int32_t sums[4]);

/** How four sums become outputs (kernels_scale.h), all in one way, of the full range; the assembler reads the fields in this order. */
typedef struct {
  int32_t multiplier, rounding, shift;
  int8_t *out;
  uint32_t next; /* from one output to the next */
} lf_m0p_put;

void lf_m0p_put_four(const lf_m0p_put *put, const int32_t sums[4]);

/** Fours of outputs of a fully connected layer, all scaled alike to the full range; the assembler reads the fields in this order. */
typedef struct {
  const int8_t *row_end; /* behind the first output's weights */
  uint32_t inputs;
  const int8_t *in_end;
  const int32_t *bias;
  int32_t multiplier, rounding, shift;
  int8_t *out;
  uint32_t fours; /* at least 1 */
} lf_m0p_dense_job;

/** Moves the job behind what is done. */
void lf_m0p_dense_fours(lf_m0p_dense_job *job);

#endif
