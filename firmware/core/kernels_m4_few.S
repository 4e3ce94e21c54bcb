/*
 * Cortex-M4: fully connected layers of few inputs or few outputs, on plain tables, whose rows are short: what a call does beside the multiply-adds counts.
 */
#include "kernels_m4_job.h"
#include "kernels_macros.h"

  .syntax unified
  .cpu cortex-m4
  .thumb

/*
 * One output of nine inputs, 24 cycles. r0: sum, r1: weights, r4-r7: inputs 0 and 2, 1 and 3, 4 and 6, 5 and 7, r8: input 8 over the zero point,
 * r9: biases, so that four times the output's address leads to its own, r10: output, r11: multiplier, r12: 2^(32 - shift); r2, r3, lr: spare.
 */
  .macro NINE
  ldr.w r0, [r9, r10, lsl #2]
  ldr.w r2, [r1]
  ldr.w r3, [r1, #4]
  sxtb16 lr, r2
  sxtb16 r2, r2, ror #8
  smlad r0, lr, r4, r0
  smlad r0, r2, r5, r0
  ldrsb.w r2, [r1, #8]
  sxtb16 lr, r3
  sxtb16 r3, r3, ror #8
  smlad r0, lr, r6, r0
  smlad r0, r3, r7, r0
  adds r1, r1, #9
  smlabt r0, r2, r8, r0
  lsls r0, r0, #1
  smmulr r0, r0, r11
  add r0, r0, r0, asr #31
  smmulr r0, r0, r12
  sxtah r0, r0, r8
  ssat r0, #8, r0
  strb r0, [r10], #1
  .endm

/* void lf_m4_dense_nine(const lf_m4_few_job *job) */
  FUNCTION lf_m4_dense_nine
  push {r4-r11, lr}
  ldm r0, {r0-r7}
  push {r4}
  mov r10, r3
  sub r9, r2, r3, lsl #2
  mov r11, r5
  mov r12, r6
  ldrsb.w r8, [r0, #8]
  ldr r2, [r0]
  ldr r3, [r0, #4]
  pkhbt r8, r7, r8, lsl #16
  sxtb16 r4, r2
  sxtb16 r5, r2, ror #8
  sxtb16 r6, r3
  sxtb16 r7, r3, ror #8
  .balign 4
1:
  NINE
  NINE
  ldr r2, [sp]
  cmp r10, r2
  bne.w 1b
  add sp, sp, #4
  pop {r4-r11, pc}
  .size lf_m4_dense_nine, . - lf_m4_dense_nine

/*
 * Four inputs of three outputs, 19 cycles. r0-r2: sums, r3: weights of the first, r4, r5: from behind these to the others', r6: inputs;
 * r7-r12, lr: spare.
 */
  .macro ROW sum, weights
  sxtb16 lr, \weights
  sxtb16 \weights, \weights, ror #8
  smlad \sum, lr, r8, \sum
  smlad \sum, \weights, r9, \sum
  .endm

  .macro QUAD
  ldr.w r10, [r3], #4
  ldr.w r11, [r3, r4]
  ldr.w r12, [r3, r5]
  ldr.w r7, [r6], #4
  sxtb16 r8, r7
  sxtb16 r9, r7, ror #8
  ROW r0, r10
  ROW r1, r11
  ROW r2, r12
  .endm

/* void lf_m4_dense_three(const int8_t *in, uint32_t inputs, const int8_t *weights, int32_t sums[3]) */
  FUNCTION lf_m4_dense_three
  push {r3-r11, lr}
  mov r6, r0
  add r7, r0, r1
  push {r7}
  sub r4, r1, #4
  add r5, r4, r1
  mov r7, r3
  mov r3, r2
  ldm r7, {r0-r2}
  .balign 4
1:
  QUAD
  QUAD
  ldr r7, [sp]
  cmp r6, r7
  bne.w 1b
  ldr r7, [sp, #4]
  stm r7, {r0-r2}
  add sp, sp, #8
  pop {r4-r11, pc}
  .size lf_m4_dense_three, . - lf_m4_dense_three
