/*
 * Cortex-M3: filter of 3 at stride 1 with few input channels, ReLU, pairs of positions pooled. Two positions per word as
 * in kernels_m3_packed.S, but the channels are added up in one or two parts that cannot overflow, so that nothing is
 * flushed: the first part's accumulators are put aside. Fields are signed and start at zero.
 *
 * Register tile of 8 positions x 2 output channels: r0-r3 accumulate the first channel, r4-r7 the second, r8-r11 hold
 * activations, r12 a weight, lr walks through the table. The tile lies on the stack, 9 words an input channel: rows
 * (0,1) (2,3) .. (8,9), then (1,2) .. (7,8). Per input channel 24 MLA (48 multiply-adds) and 15 loads.
 *
 * The first channel of a part is computed by code of its own (MUL); the others by unrolled code that is entered so that
 * it ends with the last one. So the first part has slot 0 of the tile and as many as it needs before slot
 * LF_M3_TAPS_PART, the second that slot and as many as it needs at the end.
 *
 * Before the table: the slot of each channel (LF_M3_TAPS_SLOTS bytes). Table of a channel pair, in the order of slots: per input channel the weights of taps 0, 2, 1, both outputs of each; filled up to 4 bytes;
 * the constants of both channels.
 *
 * Stack: 472 + 36 bytes.
 */
#include "kernels_m3_run.h"
#include "kernels_packed_job.h"

#define SLOT_BYTES 36
#define SLOTS 144
#define SECOND (LF_M3_TAPS_PART * SLOT_BYTES)
#define PLACES (SLOTS + 2 * SECOND) /* addresses of the channels' slots */
#define ENTRY1 (PLACES + 8 * LF_M3_TAPS_PART)
#define ENTRY2 (ENTRY1 + 4)
#define TAPS_FRAME (ENTRY2 + 8)
#define STEP_BYTES 156

  .syntax unified
  .cpu cortex-m3
  .thumb

/* Four words by the weight of one output channel; the first of a part begins the accumulators. */
  .macro OUTPUT_TAP first, a, b, c, d, x0, x1, x2, x3
  ldrsb.w r12, [lr], #1
  .if \first
  mul \a, \x0, r12
  mul \b, \x1, r12
  mul \c, \x2, r12
  mul \d, \x3, r12
  .else
  mla \a, \x0, r12, \a
  mla \b, \x1, r12, \b
  mla \c, \x2, r12, \c
  mla \d, \x3, r12, \d
  .endif
  .endm

  .macro TAP first, x0, x1, x2, x3
  OUTPUT_TAP \first, r0, r1, r2, r3, \x0, \x1, \x2, \x3
  OUTPUT_TAP \first, r4, r5, r6, r7, \x0, \x1, \x2, \x3
  .endm

  .macro CHANNEL first, at
  ldr.w r8, [sp, #\at]
  ldr.w r9, [sp, #\at + 4]
  ldr.w r10, [sp, #\at + 8]
  ldr.w r11, [sp, #\at + 12]
  TAP \first, r8, r9, r10, r11
  ldr.w r8, [sp, #\at + 16]
  TAP 0, r9, r10, r11, r8
  ldr.w r8, [sp, #\at + 20]
  ldr.w r9, [sp, #\at + 24]
  ldr.w r10, [sp, #\at + 28]
  ldr.w r11, [sp, #\at + 32]
  TAP 0, r8, r9, r10, r11
  .endm

/* void f(const lf_packed_job *job); job->elements: input channels of the first part, the rest is the second. */
  .macro TAPS name, parts
  FUNCTION \name
  push {r4-r11, lr}
  sub sp, sp, #TAPS_FRAME
  str r0, [sp, #JOB]
  ldr r1, [r0, #JOB_TABLE_END]
  ldr r2, [r0, #JOB_OUT]
  ldr r3, [r0, #JOB_OUT_PITCH]
  ldr r4, [r0, #JOB_IN]
  ldr r5, [r0, #JOB_RUNS]
  str r1, [sp, #END]
  str r2, [sp, #NEXT_OUT]
  str r3, [sp, #PITCH]
  str r4, [sp, #NEXT_IN]
  str r5, [sp, #LEFT]
  /* entries to the unrolled code, and where the channels go */
  ldr r1, [r0, #JOB_ELEMENTS]
  ldr r2, [r0, #JOB_CHANNELS]
  movs r6, #STEP_BYTES
  subs r3, r1, #1
  adr.w r4, 91f
  mls r4, r3, r6, r4
  adds r4, r4, #1
  str r4, [sp, #ENTRY1]
  .if \parts == 2
  subs r3, r2, r1
  subs r3, r3, #1
  adr.w r4, 92f
  mls r4, r3, r6, r4
  adds r4, r4, #1
  str r4, [sp, #ENTRY2]
  .endif
  ldr r3, [r0, #JOB_TABLE]
  subs r3, r3, #LF_M3_TAPS_SLOTS
  add r5, sp, #PLACES
  add r8, sp, #SLOTS
  movs r6, #SLOT_BYTES
30:
  ldrb r4, [r3], #1
  mla r4, r4, r6, r8
  str r4, [r5], #4
  subs r2, r2, #1
  bne 30b

10: /* next run; r0: row 0 of a channel, r1: row 5, r2: pitch, r3: 3 * pitch, r4, r5: its words, r6: places */
  ldr.w lr, [sp, #JOB]
  ldr r0, [sp, #NEXT_IN]
  ldr.w r2, [lr, #JOB_PITCH]
  ldr.w r12, [lr, #JOB_CHANNELS]
  add r6, sp, #PLACES
  add r1, r0, r2, lsl #3
  str r1, [sp, #NEXT_IN]
  add r3, r2, r2, lsl #1
  sub r1, r1, r3
  .balign 4
11:
  ldr r4, [r6], #4
  LOAD_ROWS_0_TO_3
  add r5, r4, #20
  WORDS_0_TO_2
  str r7, [r4]
  str r8, [r5]
  str r9, [r4, #4]
  WORDS_3_TO_5
  str.w r10, [r5, #4]
  str r7, [r4, #8]
  str.w r8, [r5, #8]
  WORDS_6_TO_8
  str.w r9, [r4, #12]
  str.w r10, [r5, #12]
  str r7, [r4, #16]
  adds r0, r0, #1
  adds r1, r1, #1
  subs r12, r12, #1
  bne 11b
  BEGIN_OUTPUT

  .balign 4
12: /* next channel pair */
  CHANNEL 1, SLOTS
  ldr.w r12, [sp, #ENTRY1]
  bx r12
  .balign 4
  .set at, SLOTS + SLOT_BYTES
  .rept LF_M3_TAPS_PART - 1
  CHANNEL 0, at
  .set at, at + SLOT_BYTES
  .endr
91:
  .if \parts == 2
  add r9, sp, #UPPER
  stm r9, {r0-r7}
  CHANNEL 1, SLOTS + SECOND
  ldr.w r12, [sp, #ENTRY2]
  bx r12
  .balign 4
  .set at, SLOTS + SECOND + SLOT_BYTES
  .rept LF_M3_TAPS_PART - 1
  CHANNEL 0, at
  .set at, at + SLOT_BYTES
  .endr
92:
  POOL_ALL 1, POOL_TWO
  .else
  POOL_ALL 0, POOL_TWO
  .endif
  ALIGN_STREAM
  PUT_POOLED SCALE, 0
  cmp lr, r11
  bne.w 12b
  END_RUNS \name, 10b, LEFT, TAPS_FRAME
  .endm

  TAPS lf_m3_taps_one, 1
  TAPS lf_m3_taps_two, 2
