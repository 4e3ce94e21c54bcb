/*
 * Cortex-M3: depthwise convolution with a 3 x 3 filter, one channel, along two rows of outputs at a time, pair of rows by pair.
 *
 * r0, r1: the two sums, r2, r3: top input of both, lr: from an input row to the next; r4-r6: weights of a column, r7-r12: inputs under it.
 * Each column: 9 loads in one run and 6 multiply-adds, 22 cycles; some 112 cycles for the two outputs with `fast`. Weights and bias are
 * four times as large, so that SMULL's upper word is the product shifted right by 30. Stack: 128 + 36 bytes.
 */
#include "kernels_m3_nine.h"
#include "kernels_macros.h"

#define FRAME NINE_BYTES

  .syntax unified
  .cpu cortex-m3
  .thumb

  .macro COLUMN column
  ldr r4, [sp, #NINE_WEIGHTS + 12 * \column]
  ldr r5, [sp, #NINE_WEIGHTS + 12 * \column + 4]
  ldr r6, [sp, #NINE_WEIGHTS + 12 * \column + 8]
  ldrsb.w r7, [r2]
  ldrsb.w r8, [r2, lr]
  ldrsb.w r9, [r2, lr, lsl #1]
  ldrsb.w r10, [r3]
  ldrsb.w r11, [r3, lr]
  ldrsb.w r12, [r3, lr, lsl #1]
  mla r0, r7, r4, r0
  mla r1, r10, r4, r1
  mla r0, r8, r5, r0
  mla r1, r11, r5, r1
  mla r0, r9, r6, r0
  mla r1, r12, r6, r1
  .endm

  .macro NEXT_COLUMN
  ldr r7, [sp, #NINE_APART]
  adds r2, r2, r7
  adds r3, r3, r7
  .endm

/* Both sums to outputs. r4: multiplier, r5: rounding, r6: right shift; `fast`: r5 and r6 of the shift by one more. */
  .macro FINISH fast
  ldr r4, [sp, #NINE_MULTIPLIER]
  ldr r5, [sp, #NINE_ROUNDING]
  ldr r6, [sp, #NINE_SHIFT]
  smull r7, r0, r0, r4
  smull r7, r1, r1, r4
  .if !\fast
  adds r0, r0, #1
  adds r1, r1, #1
  asrs r0, r0, #1
  asrs r1, r1, #1
  add r0, r0, r0, asr #31
  add r1, r1, r1, asr #31
  .endif
  adds r0, r0, r5
  adds r1, r1, r5
  asrs r0, r0, r6
  asrs r1, r1, r6
  ssat r0, #8, r0
  ssat r1, #8, r1
  .endm

/* void f(const lf_m3_nine_job *job); clamp -128..127, \fast: zero point -128. */
  .macro NINE name, fast
  FUNCTION \name
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  mov r1, sp
  .rept NINE_BYTES / 32
  ldm r0!, {r2-r9}
  stm r1!, {r2-r9}
  .endr
  ldr r2, [sp, #NINE_FIRST]
  ldr r3, [sp, #NINE_SECOND]
  ldr.w lr, [sp, #NINE_ROW]
2: /* next two rows */
  ldr r7, [sp, #NINE_POSITIONS]
  str r7, [sp, #NINE_LEFT]
  .balign 4
1:
  ldr r0, [sp, #NINE_BIAS]
  mov r1, r0
  COLUMN 0
  NEXT_COLUMN
  COLUMN 1
  NEXT_COLUMN
  COLUMN 2
  FINISH \fast
  ldr r4, [sp, #NINE_OUT]
  ldr r5, [sp, #NINE_OUT_ROW]
  ldr r6, [sp, #NINE_APART]
  ldr r7, [sp, #NINE_STEP]
  ldr.w r8, [sp, #NINE_LEFT]
  strb r0, [r4]
  strb r1, [r4, r5]
  adds r4, r4, r6
  add r2, r2, r7
  add r3, r3, r7
  str r4, [sp, #NINE_OUT]
  subs r8, r8, #1
  str.w r8, [sp, #NINE_LEFT]
  bne.w 1b
  ldr r5, [sp, #NINE_NEXT_IN]
  ldr r6, [sp, #NINE_NEXT_OUT]
  ldr r7, [sp, #NINE_PAIRS]
  adds r2, r2, r5
  adds r3, r3, r5
  adds r4, r4, r6
  str r4, [sp, #NINE_OUT]
  subs r7, r7, #1
  str r7, [sp, #NINE_PAIRS]
  bne.w 2b
  add sp, sp, #FRAME
  pop {r4-r11, pc}
  .size \name, . - \name
  .endm

  NINE lf_m3_nine, 0
  NINE lf_m3_nine_fast, 1
