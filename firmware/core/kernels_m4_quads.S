/*
 * Cortex-M4: depthwise convolution of four channels, position after position.
 *
 * r0-r3 accumulate channels 0, 2, 1, 3 (the order in which SXTB16 takes bytes from a word), r4 walks through the rows by
 * r5, r6 through the weights; r7 holds four activations, r8 and r9 the weights of a tap for channels 0, 2 and 1, 3.
 * Weights and biases are doubled, see kernels_m4_conv3.S, and so is the rest of the arithmetic.
 * Per tap: 4 multiply-adds in 11 cycles. Stack: 36 bytes.
 */
#include "kernels_m4_job.h"
#include "kernels_m4_macros.h"

#define STEP_BYTES 40
#define UNROLLED 9

  .syntax unified
  .cpu cortex-m4
  .thumb

  .macro TAP
  ldr.w r7, [r4]
  ldr.w r8, [r6], #4
  ldr.w r9, [r6], #4
  sxtb16 r10, r7
  smlabb r0, r10, r8, r0
  smlatt r1, r10, r8, r1
  sxtb16 r10, r7, ror #8
  smlabb r2, r10, r9, r2
  smlatt r3, r10, r9, r3
  add.w r4, r4, r5
  .endm

/* Accumulator \a by the scale at \at to byte \byte of the output at r10; r9: zero point. */
  .macro OUTPUT a, at, byte
  ldrd r7, r8, [r12, #QUADS_SCALES + 8 * \at]
  REQUANTISE \a, r7, r8, r9
  ssat \a, #8, \a
  strb.w \a, [r10, #\byte]
  .endm

/* void lf_m4_quads(lf_m4_quads_job *job) */
  FUNCTION lf_m4_quads
  push {r4-r11, lr}
  mov r12, r0
  ldr r5, [r0, #QUADS_PITCH]
  /* the first round has 1 to UNROLLED taps, the others all */
  ldr r1, [r0, #QUADS_TAPS]
  subs r1, r1, #1
  movs r2, #UNROLLED
  udiv r3, r1, r2
  mls r1, r3, r2, r1
  adds r1, r1, #1
  movs r2, #STEP_BYTES
  adr.w r3, 3f
  mls r11, r1, r2, r3
  add r11, r11, #1
  ldr.w lr, [r12, #QUADS_WEIGHTS_END]
  .balign 4
1: /* next position */
  ldr.w r4, [r12, #QUADS_IN]
  ldr.w r6, [r12, #QUADS_WEIGHTS]
  ldr.w r0, [r12, #QUADS_BIAS]
  ldr.w r1, [r12, #QUADS_BIAS + 4]
  ldr.w r2, [r12, #QUADS_BIAS + 8]
  ldr.w r3, [r12, #QUADS_BIAS + 12]
  bx r11
  .balign 4
2:
  .rept UNROLLED
  TAP
  .endr
3:
  cmp r6, lr
  bne.w 2b
  ldr.w r9, [r12, #QUADS_ZERO]
  ldr.w r10, [r12, #QUADS_OUT]
  ldr.w r4, [r12, #QUADS_IN]
  ldr.w r6, [r12, #QUADS_APART]
  OUTPUT r0, 0, 0
  OUTPUT r1, 1, 2
  OUTPUT r2, 2, 1
  OUTPUT r3, 3, 3
  add r4, r4, r6
  add r10, r10, r5
  ldr.w r0, [r12, #QUADS_COUNT]
  str.w r4, [r12, #QUADS_IN]
  str.w r10, [r12, #QUADS_OUT]
  subs r0, r0, #1
  str.w r0, [r12, #QUADS_COUNT]
  bne.w 1b
  pop {r4-r11, pc}
  .size lf_m4_quads, . - lf_m4_quads
