/*
 * Cortex-M4: convolution with a filter of 3 at stride 1, optionally with max pooling of position pairs.
 *
 * A register tile of 4 positions x 2 output channels: r0-r3 are the accumulators of the first channel, r4-r7 of the
 * second, r8-r11 hold one input row each (two channels, 16 bits each), lr a pair of weights, r12 walks through the
 * table. Per two input channels and three taps: 24 SMLAD (48 multiply-adds), 6 loads of rows, 6 of weights.
 * The six input rows of a run are widened once into a tile on the stack, where every step has a fixed offset; the
 * unrolled code is entered so that it ends with the last step.
 *
 * Table of a channel pair: 2 x bias (2 words), per step the 6 weight words tap-major, then for each channel multiplier
 * and -2^(32 - shift). Weights and biases are doubled, so that SMMULR gives SaturatingRoundingDoublingHighMul at once,
 * and SMMLSR the rounding right shift plus zero point: floor((x * 2^(32-shift) + 2^31) / 2^32).
 *
 * Stack: 452 + 36 bytes.
 */
#include "kernels_m4_job.h"
#include "kernels_m4_macros.h"

#define TILE_STEP 24
#define FIRST 0 /* the first step's rows; the other steps end at the end of the tile */
#define OUT0 384
#define OUT1 388
#define OUT2 392
#define OUT3 396
#define ZERO 400
#define LOW 404
#define HIGH 408
#define END 412
#define ENTRY 416
#define NEXT_IN 420
#define PITCH 424
#define TWICE_PITCH 428
#define STEPS 432
#define REST 436 /* address of the second step in the tile */
#define TABLE 440
#define DELTA 444 /* from where a run leaves the output pointers to where the next one wants them */
#define LEFT 448
#define FRAME 456
#define STEP_BYTES 144

  .syntax unified
  .cpu cortex-m4
  .thumb

/* One step: rows from the tile at \at; the accumulators of positions 0..3 go through \a0, \a4 on the first step. */
  .macro TAP row0, row1, row2, row3, a0, a1, a2, a3, a4, a5, a6, a7
  ldr.w lr, [r12], #4
  smlad r0, \row0, lr, \a0
  smlad r1, \row1, lr, \a1
  smlad r2, \row2, lr, \a2
  smlad r3, \row3, lr, \a3
  ldr.w lr, [r12], #4
  smlad r4, \row0, lr, \a4
  smlad r5, \row1, lr, \a5
  smlad r6, \row2, lr, \a6
  smlad r7, \row3, lr, \a7
  .endm

  .macro STEP at, a0=r0, a1=r1, a2=r2, a3=r3, a4=r4, a5=r5, a6=r6, a7=r7
  ldr.w r8, [sp, #\at]
  ldr.w r9, [sp, #\at + 4]
  ldr.w r10, [sp, #\at + 8]
  ldr.w r11, [sp, #\at + 12]
  TAP r8, r9, r10, r11, \a0, \a1, \a2, \a3, \a4, \a5, \a6, \a7
  ldr.w r8, [sp, #\at + 16]
  TAP r9, r10, r11, r8, r0, r1, r2, r3, r4, r5, r6, r7
  ldr.w r9, [sp, #\at + 20]
  TAP r10, r11, r8, r9, r0, r1, r2, r3, r4, r5, r6, r7
  .endm

/* Accumulator \a to an output value. \sign: RoundingDivideByPOT rounds halves of negative values away from zero. */
  .macro SCALE a, multiplier, power, zero
  smmulr \a, \a, \multiplier
  smmlsr \a, \a, \power, \zero
  ssat \a, #8, \a
  .endm

  .macro SCALE_CLAMP a, multiplier, power, zero, low, high
  REQUANTISE \a, \multiplier, \power, \zero
  CLAMP \a, \low, \high
  .endm

/* r12 at multiplier and power of both channels: scales the accumulators listed, first channel's then second's. */
  .macro SCALE_POOLED fast
  .if \fast
  ldr.w r1, [r12], #4
  ldr.w r3, [r12], #4
  ldr.w r5, [r12], #4
  ldr.w r7, [r12], #4
  ldr.w r8, [sp, #ZERO]
  ldr.w r9, [sp, #OUT0]
  ldr.w r10, [sp, #OUT1]
  ldr.w r11, [sp, #END]
  SCALE r0, r1, r3, r8
  SCALE r2, r1, r3, r8
  SCALE r4, r5, r7, r8
  SCALE r6, r5, r7, r8
  .else
  ldm r12!, {r1, r3, r5, r7}
  ldr.w r8, [sp, #ZERO]
  ldr.w r9, [sp, #LOW]
  ldr.w r10, [sp, #HIGH]
  SCALE_CLAMP r0, r1, r3, r8, r9, r10
  SCALE_CLAMP r2, r1, r3, r8, r9, r10
  SCALE_CLAMP r4, r5, r7, r8, r9, r10
  SCALE_CLAMP r6, r5, r7, r8, r9, r10
  ldr.w r9, [sp, #OUT0]
  ldr.w r10, [sp, #OUT1]
  ldr.w r11, [sp, #END]
  .endif
  .endm

  .macro SCALE_CHANNEL fast, a, b, c, d
  .if \fast
  ldr.w r8, [r12], #4
  ldr.w r9, [r12], #4
  ldr.w r10, [sp, #ZERO]
  SCALE \a, r8, r9, r10
  SCALE \b, r8, r9, r10
  SCALE \c, r8, r9, r10
  SCALE \d, r8, r9, r10
  .else
  ldr.w r8, [r12], #4
  ldr.w r9, [r12], #4
  ldr.w r10, [sp, #ZERO]
  ldr.w r11, [sp, #LOW]
  ldr.w lr, [sp, #HIGH]
  SCALE_CLAMP \a, r8, r9, r10, r11, lr
  SCALE_CLAMP \b, r8, r9, r10, r11, lr
  SCALE_CLAMP \c, r8, r9, r10, r11, lr
  SCALE_CLAMP \d, r8, r9, r10, r11, lr
  .endif
  .endm

/* Widens the four channels at r0 (rows 0-2) and r3 (rows 3-5) into the step at r11 and the one at r12. */
  .macro WIDEN
  ldr r4, [r0]
  ldr r5, [r0, r1]
  ldr.w r6, [r0, r9]
  ldr r7, [r3]
  ldr.w r8, [r3, r1]
  ldr.w r10, [r3, r9]
  sxtb16 lr, r4
  str.w lr, [r11]
  sxtb16 lr, r5
  str.w lr, [r11, #4]
  sxtb16 lr, r6
  str.w lr, [r11, #8]
  sxtb16 lr, r7
  str.w lr, [r11, #12]
  sxtb16 lr, r8
  str.w lr, [r11, #16]
  sxtb16 lr, r10
  str.w lr, [r11, #20]
  sxtb16 r4, r4, ror #8
  str.w r4, [r12]
  sxtb16 r5, r5, ror #8
  str.w r5, [r12, #4]
  sxtb16 r6, r6, ror #8
  str.w r6, [r12, #8]
  sxtb16 r7, r7, ror #8
  str.w r7, [r12, #12]
  sxtb16 r8, r8, ror #8
  str.w r8, [r12, #16]
  sxtb16 r10, r10, ror #8
  str.w r10, [r12, #20]
  .endm

/* The whole kernel, void f(const lf_m4_job *); \fixed: its number of steps if it is for that only, else 0. */
  .macro CONV3 name, pool, fast, fixed=0
  FUNCTION \name
  push {r4-r11, lr}
  sub sp, sp, #FRAME - 4
  ldrd r1, r2, [r0, #JOB_ZERO]
  ldr r3, [r0, #JOB_HIGH]
  ldr r4, [r0, #JOB_TABLE_END]
  strd r1, r2, [sp, #ZERO]
  strd r3, r4, [sp, #HIGH]
  ldr r1, [r0, #JOB_IN]
  ldr r2, [r0, #JOB_PITCH]
  ldr r3, [r0, #JOB_STEPS]
  ldr r4, [r0, #JOB_TABLE]
  ldr r5, [r0, #JOB_GROUPS]
  str r1, [sp, #NEXT_IN]
  str r2, [sp, #PITCH]
  lsls r2, r2, #1
  str r2, [sp, #TWICE_PITCH]
  str r3, [sp, #STEPS]
  str r4, [sp, #TABLE]
  str r5, [sp, #LEFT]
  .if \fixed
  add r4, sp, #TILE_STEP
  .else
  movs r1, #TILE_STEP
  mov r2, sp
  rsb r4, r3, #LF_M4_CONV3_STEPS + 1
  mla r4, r4, r1, r2
  movs r2, #STEP_BYTES
  subs r3, r3, #1
  adr.w r1, 9f
  mls r3, r3, r2, r1
  adds r3, r3, #1
  str r3, [sp, #ENTRY]
  .endif
  str r4, [sp, #REST]
  /* output pointers are behind the channels of their positions: outputs are written from the last channel to the first */
  ldr r1, [r0, #JOB_OUT]
  ldr r2, [r0, #JOB_CHANNELS]
  ldr r3, [r0, #JOB_OUT_PITCH]
  adds r1, r1, r2
  adds r4, r1, r3
  strd r1, r4, [sp, #OUT0]
  .if \pool
  add r2, r2, r3, lsl #1
  .else
  add r1, r4, r3
  add r4, r1, r3
  strd r1, r4, [sp, #OUT2]
  add r2, r2, r3, lsl #2
  .endif
  str r2, [sp, #DELTA]

  .balign 4
1: /* next run: widen its six rows */
  ldr r0, [sp, #NEXT_IN]
  ldr r1, [sp, #PITCH]
  ldr.w r9, [sp, #TWICE_PITCH]
  ldr.w r12, [sp, #REST]
  .if \fixed != 2
  ldr r2, [sp, #STEPS]
  .endif
  add r3, r0, r1, lsl #2
  mov r11, sp
  str r3, [sp, #NEXT_IN]
  subs r3, r3, r1
  .if \fixed == 2
  WIDEN
  .else
2:
  WIDEN
  add r11, r12, #TILE_STEP
  add r12, r12, #2 * TILE_STEP
  adds r0, r0, #4
  adds r3, r3, #4
  subs r2, r2, #2
  bne 2b
  .endif
  ldr.w r12, [sp, #TABLE]

3: /* next channel pair */
  ldr.w r3, [r12], #4
  ldr.w r7, [r12], #4
  STEP FIRST, r3, r3, r3, r3, r7, r7, r7, r7
  .set at, TILE_STEP
  .if \fixed
  .rept \fixed - 1
  STEP at
  .set at, at + TILE_STEP
  .endr
  .else
  ldr.w lr, [sp, #ENTRY]
  bx lr
  .balign 4
  .rept LF_M4_CONV3_STEPS - 1
  STEP at
  .set at, at + TILE_STEP
  .endr
  .endif
9:
  .if \pool
  LARGER r0, r1
  LARGER r2, r3
  LARGER r4, r5
  LARGER r6, r7
  SCALE_POOLED \fast
  PUT_PAIR r0, r4, r9
  PUT_PAIR r2, r6, r10
  str.w r9, [sp, #OUT0]
  str.w r10, [sp, #OUT1]
  .else
  SCALE_CHANNEL \fast, r0, r1, r2, r3
  SCALE_CHANNEL \fast, r4, r5, r6, r7
  ldr.w r8, [sp, #OUT0]
  ldr.w r9, [sp, #OUT1]
  ldr.w r10, [sp, #OUT2]
  ldr.w lr, [sp, #OUT3]
  ldr.w r11, [sp, #END]
  PUT_PAIR r0, r4, r8
  PUT_PAIR r1, r5, r9
  PUT_PAIR r2, r6, r10
  PUT_PAIR r3, r7, lr
  strd r8, r9, [sp, #OUT0]
  strd r10, lr, [sp, #OUT2]
  .endif
  cmp r12, r11
  bne.w 3b
  ldr r0, [sp, #LEFT]
  ldr r1, [sp, #DELTA]
  subs r0, r0, #1
  .if \pool
  add r9, r9, r1
  add r10, r10, r1
  str.w r9, [sp, #OUT0]
  str.w r10, [sp, #OUT1]
  .else
  add r8, r8, r1
  add r9, r9, r1
  strd r8, r9, [sp, #OUT0]
  add r10, r10, r1
  add lr, lr, r1
  strd r10, lr, [sp, #OUT2]
  .endif
  str r0, [sp, #LEFT]
  bne.w 1b
  add sp, sp, #FRAME - 4
  pop {r4-r11, pc}
  .size \name, . - \name
  .endm

  CONV3 lf_m4_conv3_pool_fast2, 1, 1, 2
  CONV3 lf_m4_conv3_pool_fast4, 1, 1, 4
  CONV3 lf_m4_conv3_pool_fast, 1, 1
  CONV3 lf_m4_conv3_pool, 1, 0
  CONV3 lf_m4_conv3_fast, 0, 1
  CONV3 lf_m4_conv3, 0, 0
