/** Macros of the Cortex-M3 kernels with a tile of two positions a word: what begins a job, and a run's tile. */
#ifndef LF_KERNELS_M3_STAGE_H
#define LF_KERNELS_M3_STAGE_H

#include "kernels_m3_run.h"

/* The job at r0 to the frame. */
  .macro BEGIN_JOB
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  str r0, [sp, #JOB]
  ldr r1, [r0, #JOB_TABLE_END]
  ldr r2, [r0, #JOB_TILE]
  ldr r3, [r0, #JOB_OUT]
  ldr r4, [r0, #JOB_OUT_PITCH]
  ldr r5, [r0, #JOB_MODE]
  ldr r6, [r0, #JOB_LOW]
  ldr r7, [r0, #JOB_HIGH]
  str r1, [sp, #END]
  str r2, [sp, #TILE]
  str r3, [sp, #NEXT_OUT]
  str r4, [sp, #PITCH]
  str r5, [sp, #MODE]
  str r6, [sp, #LOW]
  str r7, [sp, #HIGH]
  ldr r1, [r0, #JOB_IN]
  ldr r2, [r0, #JOB_RUNS]
  ldr r3, [r0, #JOB_ZERO]
  str r1, [sp, #NEXT_IN]
  str r3, [sp, #ZERO]
  str r2, [sp, #LEFT]
  .endm

/*
 * Tile for a filter of 3 at stride 1. Each of the 9 words of a channel (rows r and r + 1, r = 0..8) is made once and
 * stored wherever it belongs: even r for the first tap, odd r for the second, even r from 2 on for the third.
 * r0: rows 0 of the channel, r1: row 5, r2: pitch, r3: 3 * pitch, r4-r6: where the taps go, r12: channels left.
 */
  .macro STAGE_TAPS
1:
  LOAD_ROWS_0_TO_3
  WORDS_0_TO_2
  str r7, [r4], #4
  str r8, [r5], #4
  str r9, [r4], #4
  str r9, [r6], #4
  WORDS_3_TO_5
  str r10, [r5], #4
  str r7, [r4], #4
  str r7, [r6], #4
  str r8, [r5], #4
  WORDS_6_TO_8
  adds r0, r0, #1
  str r9, [r4], #4
  str r9, [r6], #4
  adds r1, r1, #1
  str r10, [r5], #4
  str r7, [r6], #4
  subs r12, r12, #1
  bne 1b
  .endm

/*
 * Tile for any filter: a word a filter element and pair of positions. r0: rows 0 to 3, r1: rows 4 to 7, r2: pitch,
 * r3: 3 * pitch, r4: tile, r12: elements left.
 */
  .macro STAGE_ANY
1:
  ldrsb.w r5, [r0, r2]
  ldrsb.w r6, [r0, r3]
  ldrsb.w r7, [r1, r2]
  ldrsb.w r8, [r1, r3]
  ldrsb.w r10, [r0, r2, lsl #1]
  ldrsb.w r11, [r1, r2, lsl #1]
  ldrsb.w r9, [r0], #1
  add r6, r10, r6, lsl #16
  ldrsb.w r10, [r1], #1
  add r5, r9, r5, lsl #16
  add r8, r11, r8, lsl #16
  add r7, r10, r7, lsl #16
  stm r4!, {r5-r8}
  subs r12, r12, #1
  bne 1b
  .endm

/* The next run's tile. */
  .macro STAGE
  ldr.w lr, [sp, #JOB]
  ldr r0, [sp, #NEXT_IN]
  ldr r4, [sp, #TILE]
  ldr.w r2, [lr, #JOB_PITCH]
  ldr.w r12, [lr, #JOB_ELEMENTS]
  ldr r7, [sp, #MODE]
  add r1, r0, r2, lsl #3
  str r1, [sp, #NEXT_IN]
  add r3, r2, r2, lsl #1
  tst r7, #MODE_TAPS
  beq 21f
  ldr.w r12, [lr, #JOB_CHANNELS]
  sub r1, r1, r3
  add r5, r4, r12, lsl #4
  add r6, r5, r12, lsl #4
  STAGE_TAPS
  b 22f
21:
  add r1, r0, r2, lsl #2
  STAGE_ANY
22:
  .endm

#endif
