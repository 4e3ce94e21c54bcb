/*
 * Macros of the Cortex-M3 kernels: flushing accumulators, splitting them into their two fields, requantising and storing.
 * Accumulators in r0-r7, see kernels_m3_packed.S.
 */
#ifndef LF_KERNELS_M3_FINISH_H
#define LF_KERNELS_M3_FINISH_H

#include "kernels_macros.h"

/* The frame: what was flushed, 16 results without pooling, and what a run needs to know. */
#define UPPER 0
#define RESULTS 32
#define OUT 96
#define PITCH 100
#define END 104
#define TILE 108
#define MODE 112
#define LOW 116
#define HIGH 120
#define JOB 124
#define NEXT_IN 128
#define NEXT_OUT 132
#define LEFT 136
#define ZERO 140
#define FRAME 144

/* Field back to its lowest bits and 0x8000. */
  .macro RESTART a
  and \a, \a, #0x007F007F
  orr \a, \a, #0x80008000
  .endm

/* First flush of an accumulator; r9 = 0x01FF01FF. */
  .macro BEGIN_UPPER a, at
  and r10, r9, \a, lsr #7
  str.w r10, [sp, #UPPER + \at]
  RESTART \a
  .endm

/* Later flush of two accumulators. */
  .macro ADD_UPPER a, b, at
  ldr.w r10, [sp, #UPPER + \at]
  ldr.w r11, [sp, #UPPER + \at + 4]
  and r8, r9, \a, lsr #7
  add r10, r10, r8
  and r8, r9, \b, lsr #7
  add r11, r11, r8
  str.w r10, [sp, #UPPER + \at]
  str.w r11, [sp, #UPPER + \at + 4]
  RESTART \a
  RESTART \b
  .endm

/* Fields of \a to \low and \a. \how: PLAIN, or FLUSHED and STORED with the word \upper (r9: scratch). */
#define PLAIN 0
#define FLUSHED 1
#define STORED 2
  .macro SPLIT a, low, how, upper
  uxth \low, \a
  .if \how == STORED
  uxth r9, \upper
  add \low, \low, r9
  lsr \upper, \upper, #16
  add \a, \upper, \a, lsr #16
  .else
  lsrs \a, \a, #16
  .endif
  .if \how == FLUSHED
  uxth r9, \upper
  add \low, \low, r9, lsl #7
  lsr \upper, \upper, #16
  add \a, \a, \upper, lsl #7
  .endif
  .endm

  .macro POOL_PAIR a, b, at, how
  .if \how
  ldr.w r10, [sp, #UPPER + \at]
  ldr.w r11, [sp, #UPPER + \at + 4]
  .endif
  SPLIT \a, r8, \how, r10
  LARGER \a, r8
  SPLIT \b, r8, \how, r11
  LARGER \b, r8
  .endm

/* \pair: pools two accumulators, as POOL_PAIR does. */
  .macro POOL_ALL how, pair=POOL_PAIR
  \pair r0, r1, 0, \how
  \pair r2, r3, 8, \how
  \pair r4, r5, 16, \how
  \pair r6, r7, 24, \how
  .endm

/* Larger field of \a; with \second, of the sum with the word put aside in \aside. */
  .macro POOL_SIGNED a, second, aside
  sxth r8, \a
  add \a, \a, #0x8000
  .if \second
  sxth r9, \aside
  add r8, r8, r9
  add \aside, \aside, #0x8000
  asr \aside, \aside, #16
  add \a, \aside, \a, asr #16
  .else
  asrs \a, \a, #16
  .endif
  LARGER \a, r8
  .endm

  .macro POOL_TWO a, b, at, second
  .if \second
  ldr.w r10, [sp, #UPPER + \at]
  ldr.w r11, [sp, #UPPER + \at + 4]
  .endif
  POOL_SIGNED \a, \second, r10
  POOL_SIGNED \b, \second, r11
  .endm

  .macro KEEP a, at, how
  .if \how
  ldr.w r10, [sp, #UPPER + \at]
  .endif
  SPLIT \a, r8, \how, r10
  strd r8, \a, [sp, #RESULTS + 2 * \at]
  .endm

  .macro KEEP_ALL how
  KEEP r0, 0, \how
  KEEP r1, 4, \how
  KEEP r2, 8, \how
  KEEP r3, 12, \how
  KEEP r4, 16, \how
  KEEP r5, 20, \how
  KEEP r6, 24, \how
  KEEP r7, 28, \how
  .endm

/*
 * Constants of the next channel to r8-r11: 4 * bias, multiplier, rounding, right shift. \small: from two words, see
 * packed.ts; r12: scratch.
 */
  .macro CONSTANTS small, kind
  .if \small
  ldrd r8, r9, [lr], #8
  ldr.w r10, [sp, #ZERO]
  and r11, r8, #31
  bic r8, r8, #31
  sub r12, r11, #1
  asr r8, r8, #3
  lsl r10, r10, r12
  .ifc \kind, SCALE
  add r10, r10, #1
  .endif
  .else
  ldm lr!, {r8-r11}
  .endif
  .endm

/* By the constants in r8-r11. */
  .macro SCALE a
  add \a, r8, \a, lsl #2
  smull r12, \a, \a, r9
  add \a, \a, r10
  asr \a, \a, r11
  ssat \a, #8, \a
  .endm

  .macro SCALE_CLAMP a
  add \a, r8, \a, lsl #2
  smull r12, \a, \a, r9
  add \a, \a, #1
  asr \a, \a, #1
  add \a, \a, \a, asr #31
  add \a, \a, r10
  asr \a, \a, r11
  ldr.w r12, [sp, #LOW]
  LARGER \a, r12
  ldr.w r12, [sp, #HIGH]
  SMALLER \a, r12
  .endm

  .macro SCALE_FOUR kind, a, b, c, d
  \kind \a
  \kind \b
  \kind \c
  \kind \d
  .endm

/* Pooled results r0-r7 to the output. */
  .macro PUT_POOLED kind, small
  CONSTANTS \small, \kind
  SCALE_FOUR \kind, r0, r1, r2, r3
  CONSTANTS \small, \kind
  SCALE_FOUR \kind, r4, r5, r6, r7
  ldr.w r8, [sp, #OUT]
  ldr.w r9, [sp, #PITCH]
  ldr.w r11, [sp, #END]
  strb.w r4, [r8, #1]
  add r10, r8, r9
  add r12, r8, r9, lsl #1
  strb.w r0, [r8]
  strb.w r5, [r10, #1]
  strb.w r1, [r10]
  add r10, r12, r9
  strb.w r6, [r12, #1]
  strb.w r2, [r12]
  strb.w r7, [r10, #1]
  strb.w r3, [r10]
  sub r8, r8, #2
  str.w r8, [sp, #OUT]
  .endm

/* Four results from the frame to outputs \channel, from r4 on in steps of r5. */
  .macro PUT_FOUR kind, at
  ldr r0, [sp, #RESULTS + \at]
  ldr r1, [sp, #RESULTS + \at + 4]
  ldr r2, [sp, #RESULTS + \at + 8]
  ldr r3, [sp, #RESULTS + \at + 12]
  SCALE_FOUR \kind, r0, r1, r2, r3
  add r6, r4, r5
  strb r0, [r4]
  add r4, r4, r5, lsl #1
  strb r1, [r6]
  add r6, r4, r5
  strb r2, [r4]
  add r4, r4, r5, lsl #1
  strb r3, [r6]
  .endm

  .macro PUT_ALL kind, small
  ldr r7, [sp, #OUT]
  ldr r5, [sp, #PITCH]
  mov r4, r7
  CONSTANTS \small, \kind
  PUT_FOUR \kind, 0
  PUT_FOUR \kind, 16
  adds r4, r7, #1
  CONSTANTS \small, \kind
  PUT_FOUR \kind, 32
  PUT_FOUR \kind, 48
  subs r7, r7, #2
  str r7, [sp, #OUT]
  ldr.w r11, [sp, #END]
  .endm

#endif
