/*
 * Cortex-M4: depthwise convolution with a 3 x 3 filter at stride 1 or 2, two rows of outputs by two columns at a time, a channel at a time.
 *
 * The input rows under a strip of outputs are taken apart first, four channels at a time: a word holds two rows of one column, so that one
 * SMLAD multiplies two taps; the other halves serve the third tap and, at stride 1, the second row of outputs. A column is 80 bytes:
 * for each of four channels the five words of ten rows.
 *
 * r0-r3 accumulate the outputs of a block (first row's two, second row's two), r4-r9 hold the channel's weights: of each column those
 * of rows 0 and 1, of rows 1 and 2; r10, r11 (and lr at stride 2) words, r12 walks through the columns. Weights and biases are
 * doubled, see kernels_m4_conv3.S. Table of a channel: bias, the six words of weights, multiplier, -2^(32 - shift).
 *
 * A block of four outputs has 36 multiply-adds in 24 instructions. Stride 1: 12 cycles of loads, 73 in all; stride 2: 20 and 85 (`fast`).
 * Taking apart: some 2.2 cycles a value. Stack: 52 + 36 bytes.
 */
#include "kernels_m4_job.h"
#include "kernels_m4_macros.h"

#define CHANNEL (4 * LF_M4_NINE_WORDS)
#define COLUMN (4 * CHANNEL)

#define BIAS 0
#define MULTIPLIER 4
#define POWER 8
#define ZERO 12
#define APART 16 /* bytes from an output to the next column's */
#define OUT_ROW 20
#define OUT 24
#define START 28
#define END 32
#define PAIRS 36
#define NEXT 40 /* from the first output of two rows to that of the next two */
#define FIRST 44
#define FRAME 52

  .syntax unified
  .cpu cortex-m4
  .thumb

/* Two rows of a column, four channels each, in \top and \bottom, to the words from \at on; r10, r11, r12 change. */
  .macro TAKE_APART top, bottom, at
  sxtb16 r10, \top
  sxtb16 r11, \bottom
  pkhbt r12, r10, r11, lsl #16
  pkhtb r11, r11, r10, asr #16
  sxtb16 \top, \top, ror #8
  sxtb16 \bottom, \bottom, ror #8
  str.w r12, [r4, #\at]
  str.w r11, [r4, #\at + 2 * CHANNEL]
  pkhbt r12, \top, \bottom, lsl #16
  pkhtb r11, \bottom, \top, asr #16
  str.w r12, [r4, #\at + CHANNEL]
  str.w r11, [r4, #\at + 3 * CHANNEL]
  .endm

/* void lf_m4_nine_apart(const lf_m4_apart_job *job) */
  FUNCTION lf_m4_nine_apart
  push {r4-r11, lr}
  ldm r0, {r0-r5}
  /* r0, r1: the two rows, r2, r3: from a column to the next in them, r4: words, r5: columns */
  mov lr, r5
  lsrs r5, lr, #1
  beq 2f
  .balign 4
1:
  ldr r6, [r0]
  ldr r7, [r1]
  ldr.w r8, [r0, r2]
  ldr.w r9, [r1, r3]
  add r0, r0, r2, lsl #1
  add r1, r1, r3, lsl #1
  TAKE_APART r6, r7, 0
  TAKE_APART r8, r9, COLUMN
  adds r4, r4, #2 * COLUMN
  subs r5, r5, #1
  bne 1b
2:
  lsls lr, lr, #31
  beq 3f
  ldr r6, [r0]
  ldr r7, [r1]
  TAKE_APART r6, r7, 0
3:
  pop {r4-r11, pc}
  .size lf_m4_nine_apart, . - lf_m4_nine_apart

/* A column's part of an output of an even row; words \first and \second, weights \low (rows 0, 1) and \high (rows 1, 2). */
  .macro EVEN_ROW a, first, second, low, high, from
  smlad \a, \first, \low, \from
  smlabt \a, \second, \high, \a
  .endm

/* The same of an odd row at stride 1. */
  .macro ODD_ROW a, first, second, low, high, from
  smlatb \a, \first, \low, \from
  smlad \a, \second, \high, \a
  .endm

/* Both rows' outputs of one column of outputs. */
  .macro MULTIPLY stride, a, b, low, high, from_a, from_b
  .if \stride == 1
  ODD_ROW \b, r10, r11, \low, \high, \from_b
  EVEN_ROW \a, r10, r11, \low, \high, \from_a
  .else
  EVEN_ROW \b, r11, lr, \low, \high, \from_b
  EVEN_ROW \a, r10, r11, \low, \high, \from_a
  .endif
  .endm

  .macro WORDS stride, column
  ldr.w r10, [r12, #\column * COLUMN]
  ldr.w r11, [r12, #\column * COLUMN + 4]
  .if \stride == 2
  ldr.w lr, [r12, #\column * COLUMN + 8]
  .endif
  .endm

/* void f(const lf_m4_nine_job *job); \fast: zero point -128, where halves of negative values do not matter. */
  .macro NINE name, stride, fast
  FUNCTION \name
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  ldm r0!, {r1-r8}
  /* r1: table, r2: words, r3: output, r4: zero point, r5: from a column of outputs to the next, r6: from a row, r7: columns, r8: pairs of rows */
  add r9, r2, r7, lsl #6
  add r9, r9, r7, lsl #4
  .if \stride == 2
  subs r7, r9, r2
  add r9, r9, r7
  .endif
  lsls r10, r6, #1
  strd r4, r5, [sp, #ZERO]
  strd r6, r3, [sp, #OUT_ROW]
  strd r2, r9, [sp, #START]
  strd r8, r10, [sp, #PAIRS]
  str r3, [sp, #FIRST]
  ldm r1, {r3-r11}
  str r3, [sp, #BIAS]
  strd r10, r11, [sp, #MULTIPLIER]
  .if \stride == 1
  ldr.w lr, [sp, #OUT]
  .endif
  ldr.w r12, [sp, #START]
  .balign 4
1: /* next block of outputs at r12 */
  ldr.w r0, [sp, #BIAS]
  ldr.w r1, [sp, #BIAS]
  WORDS \stride, 0
  MULTIPLY \stride, r0, r2, r4, r5, r0, r0
  WORDS \stride, 1
  MULTIPLY \stride, r0, r2, r6, r7, r0, r2
  .if \stride == 1
  MULTIPLY \stride, r1, r3, r4, r5, r1, r1
  WORDS \stride, 2
  MULTIPLY \stride, r0, r2, r8, r9, r0, r2
  MULTIPLY \stride, r1, r3, r6, r7, r1, r3
  WORDS \stride, 3
  MULTIPLY \stride, r1, r3, r8, r9, r1, r3
  .else
  WORDS \stride, 2
  MULTIPLY \stride, r0, r2, r8, r9, r0, r2
  MULTIPLY \stride, r1, r3, r4, r5, r1, r1
  WORDS \stride, 3
  MULTIPLY \stride, r1, r3, r6, r7, r1, r3
  WORDS \stride, 4
  MULTIPLY \stride, r1, r3, r8, r9, r1, r3
  .endif
  ldr.w r10, [sp, #MULTIPLIER]
  ldr.w r11, [sp, #POWER]
  .if \stride == 2
  ldr.w lr, [sp, #OUT]
  .endif
  smmulr r0, r0, r10
  smmulr r1, r1, r10
  smmulr r2, r2, r10
  smmulr r3, r3, r10
  ldr.w r10, [sp, #ZERO]
  .if !\fast
  add r0, r0, r0, asr #31
  add r1, r1, r1, asr #31
  add r2, r2, r2, asr #31
  add r3, r3, r3, asr #31
  .endif
  smmlsr r0, r0, r11, r10
  smmlsr r1, r1, r11, r10
  smmlsr r2, r2, r11, r10
  smmlsr r3, r3, r11, r10
  ldr.w r10, [sp, #APART]
  ldr.w r11, [sp, #OUT_ROW]
  ssat r0, #8, r0
  ssat r1, #8, r1
  ssat r2, #8, r2
  ssat r3, #8, r3
  add r11, r11, lr
  strb.w r0, [lr]
  strb.w r2, [r11]
  ldr.w r0, [sp, #END]
  strb.w r1, [lr, r10]
  strb.w r3, [r11, r10]
  add r12, r12, #2 * \stride * COLUMN
  add lr, lr, r10, lsl #1
  .if \stride == 2
  str.w lr, [sp, #OUT]
  .endif
  subs r0, r0, r12
  cmp r0, #\stride * COLUMN
  bhi.w 1b
  bne 2f
  /* the last block of an odd number of columns begins one column earlier */
  sub r12, r12, #\stride * COLUMN
  sub lr, lr, r10
  .if \stride == 2
  str.w lr, [sp, #OUT]
  .endif
  b 1b
2: /* two rows done */
  ldr.w r0, [sp, #PAIRS]
  ldr.w r1, [sp, #NEXT]
  ldr.w lr, [sp, #FIRST]
  ldr.w r12, [sp, #START]
  ldr.w r2, [sp, #END]
  subs r0, r0, #1
  str.w r0, [sp, #PAIRS]
  add lr, lr, r1
  add r12, r12, #4 * \stride
  add r2, r2, #4 * \stride
  str.w lr, [sp, #FIRST]
  .if \stride == 2
  str.w lr, [sp, #OUT]
  .endif
  strd r12, r2, [sp, #START]
  bne.w 1b
  add sp, sp, #FRAME
  pop {r4-r11, pc}
  .size \name, . - \name
  .endm

  NINE lf_m4_nine, 1, 0
  NINE lf_m4_nine_fast, 1, 1
  NINE lf_m4_nine_second, 2, 0
  NINE lf_m4_nine_second_fast, 2, 1
