/*
 * Cortex-M4: outputs of a fully connected layer two by two, on plain tables and a row of inputs widened in a tile.
 *
 * r0, r1: sums; r2: weights of the first output, r3: bytes of its row; r4: tile, r5: its end; r6, r7: four weights each;
 * r8, r9: inputs; r12: job, lr: -1. Per four inputs: 8 multiply-adds in 16 cycles. Inputs that fill up the last four are
 * zero, whatever bytes the weights behind the row are. Stack: 36 bytes.
 */
#include "kernels_m4_job.h"
#include "kernels_m4_macros.h"

  .syntax unified
  .cpu cortex-m4
  .thumb

/* Sum \a by multiplier \m and the shift \s as in the table (negative), zero point r9. */
  .macro OUTPUT a, m, s
  adds \s, \s, #32
  lsl \s, lr, \s
  lsls \a, \a, #1
  REQUANTISE \a, \m, \s, r9
  ssat \a, #8, \a
  .endm

/* void lf_m4_dense_pairs(lf_m4_dense_job *job) */
  FUNCTION lf_m4_dense_pairs
  push {r4-r11, lr}
  mov r12, r0
  ldr.w r2, [r12, #DENSE_WEIGHTS]
  ldr.w r3, [r12, #DENSE_INPUTS]
  ldr.w r5, [r12, #DENSE_TILE_END]
  mov lr, #-1
  .balign 4
1: /* next pair of outputs */
  ldr.w r6, [r12, #DENSE_BIAS]
  ldr.w r4, [r12, #DENSE_TILE]
  ldrd r0, r1, [r6], #8
  str.w r6, [r12, #DENSE_BIAS]
  .balign 4
2:
  ldr r7, [r2, r3]
  ldr.w r6, [r2], #4
  ldr.w r8, [r4], #4
  ldr.w r9, [r4], #4
  sxtb16 r10, r6
  sxtb16 r11, r7
  smlad r0, r10, r8, r0
  smlad r1, r11, r8, r1
  sxtb16 r10, r6, ror #8
  sxtb16 r11, r7, ror #8
  smlad r0, r10, r9, r0
  smlad r1, r11, r9, r1
  cmp r4, r5
  bne 2b
  ldr.w r6, [r12, #DENSE_MULTIPLIER]
  ldr.w r7, [r12, #DENSE_SHIFT]
  ldr.w r8, [r12, #DENSE_NEXT]
  ldr.w r9, [r12, #DENSE_ZERO]
  ldr.w r10, [r6]
  ldr r4, [r6, r8, lsl #2]
  ldrsb.w r11, [r7]
  ldrsb r5, [r7, r8]
  OUTPUT r0, r10, r11
  OUTPUT r1, r4, r5
  add r7, r7, r8, lsl #1
  add r6, r6, r8, lsl #3
  strd r6, r7, [r12, #DENSE_MULTIPLIER]
  ldr.w r6, [r12, #DENSE_OUT]
  ldr.w r7, [r12, #DENSE_COUNT]
  ldr.w r8, [r12, #DENSE_SKIP]
  ldr.w r5, [r12, #DENSE_TILE_END]
  strb.w r0, [r6], #1
  strb.w r1, [r6], #1
  add r2, r2, r8
  str.w r6, [r12, #DENSE_OUT]
  subs r7, r7, #1
  str.w r7, [r12, #DENSE_COUNT]
  bne 1b
  pop {r4-r11, pc}
  .size lf_m4_dense_pairs, . - lf_m4_dense_pairs
