/*
 * Cortex-M3: convolution over two positions per word, as in kernels_m3_packed.S, with flushes that cost less: the
 * accumulators of a chunk are pushed whole, and the next chunk begins with MUL, which takes a cycle less than MLA. Fields
 * are signed. At the end of a pair the chunks are added up, a channel at a time: 0x8000 on both fields of each makes them
 * unsigned, so that the upper halves may be added up by themselves; the sum of the lower ones is what that of the whole
 * words is beyond them, modulo 2^32, since no sum of them reaches 2^32.
 *
 * A flush takes 12 cycles, and 37 when the chunks are added up; 70 in kernels_m3_packed.S.
 *
 * Stream of int8: number of steps of the first chunk, their weights; then a header: steps of the next chunk, which is one
 * flush more, or -(STACKED_CONTINUE + n) for n more steps of this one, or the end: minus the number of flushes.
 *
 * Stack: 144 + 36 bytes, and 32 a flush + 20: 1,192 with the most flushes.
 */
#include "kernels_m3_stage.h"

  .syntax unified
  .cpu cortex-m3
  .thumb

#define STEP_BYTES 56

  .macro STEP
  ldrsb.w r8, [lr], #1
  ldrsb.w r9, [lr], #1
  MULTIPLY_FOUR mla
  .endm

/* A chunk's first step. */
  .macro FIRST_STEP
  ldrsb.w r8, [lr], #1
  ldrsb.w r9, [lr], #1
  ldr.w r10, [r12], #4
  ldr.w r11, [r12], #4
  mul r0, r10, r8
  mul r4, r10, r9
  mul r1, r11, r8
  mul r5, r11, r9
  ldr.w r10, [r12], #4
  ldr.w r11, [r12], #4
  mul r2, r10, r8
  mul r6, r10, r9
  mul r3, r11, r8
  mul r7, r11, r9
  .endm

/* Enters the unrolled steps so that the last r8 of them run, without the one that was done if \done is 1. */
  .macro ENTER end, done
  rsb r8, r8, r8, lsl #3
  adr.w r9, \end + \done * STEP_BYTES
  sub r9, r9, r8, lsl #3
  mov pc, r9
  .endm

/* Sums \p of four words and \q of their upper halves go on with the words at r12; both fields + 0x8000. */
  .macro ADD_SET p0, p1, p2, p3, q0, q1, q2, q3
  ldr.w r9, [r12, #4]
  ldr.w r10, [r12, #8]
  ldr.w r11, [r12, #12]
  ldr.w r8, [r12], #32
  add r9, r9, #0x80008000
  add r10, r10, #0x80008000
  add r11, r11, #0x80008000
  add r8, r8, #0x80008000
  add \p0, \p0, r8
  add \q0, \q0, r8, lsr #16
  add \p1, \p1, r9
  add \q1, \q1, r9, lsr #16
  add \p2, \p2, r10
  add \q2, \q2, r10, lsr #16
  add \p3, \p3, r11
  add \q3, \q3, r11, lsr #16
  .endm

/* The four words \p of the last chunk and those from r12 to lr, 32 bytes apart: sums of lower halves to \p, of upper ones to \q. */
  .macro ADD_CHUNKS p0, p1, p2, p3, q0, q1, q2, q3
  add \p0, \p0, #0x80008000
  add \p1, \p1, #0x80008000
  add \p2, \p2, #0x80008000
  add \p3, \p3, #0x80008000
  lsr \q0, \p0, #16
  lsr \q1, \p1, #16
  lsr \q2, \p2, #16
  lsr \q3, \p3, #16
  sub r8, lr, r12
  lsls r8, r8, #26
  bmi 32f
31:
  ADD_SET \p0, \p1, \p2, \p3, \q0, \q1, \q2, \q3
32:
  ADD_SET \p0, \p1, \p2, \p3, \q0, \q1, \q2, \q3
  cmp r12, lr
  bne 31b
  sub \p0, \p0, \q0, lsl #16
  sub \p1, \p1, \q1, lsl #16
  sub \p2, \p2, \q2, lsl #16
  sub \p3, \p3, \q3, lsl #16
  .endm

/*
 * Adds up the chunks of both channels and leaves the stack as it was before the first flush. r8: minus the number of
 * flushes. \pooled: larger field of each sum to r0-r7, else all of them to the frame.
 */
  .macro COMBINE pooled
  push {r0-r3, lr}
  add r12, sp, #20 + 16
  sub lr, r12, r8, lsl #5
  ADD_CHUNKS r4, r5, r6, r7, r0, r1, r2, r3
  .if \pooled
  LARGER r4, r0
  LARGER r5, r1
  LARGER r6, r2
  LARGER r7, r3
  strd r4, r5, [lr, #RESULTS - 16]
  strd r6, r7, [lr, #RESULTS - 8]
  .else
  strd r4, r0, [lr, #RESULTS + 16]
  strd r5, r1, [lr, #RESULTS + 24]
  strd r6, r2, [lr, #RESULTS + 32]
  strd r7, r3, [lr, #RESULTS + 40]
  .endif
  pop {r0-r3}
  add r12, sp, #4
  sub lr, lr, #16
  ADD_CHUNKS r0, r1, r2, r3, r4, r5, r6, r7
  .if \pooled
  LARGER r0, r4
  LARGER r1, r5
  LARGER r2, r6
  LARGER r3, r7
  mov r12, lr
  ldr.w lr, [sp]
  mov sp, r12
  ldrd r4, r5, [sp, #RESULTS]
  ldrd r6, r7, [sp, #RESULTS + 8]
  .else
  strd r0, r4, [lr, #RESULTS]
  strd r1, r5, [lr, #RESULTS + 8]
  strd r2, r6, [lr, #RESULTS + 16]
  strd r3, r7, [lr, #RESULTS + 24]
  mov r12, lr
  ldr.w lr, [sp]
  mov sp, r12
  .endif
  .endm

/* Both fields of an accumulator to the frame. */
  .macro KEEP_SIGNED a, at
  sxth r8, \a
  add \a, \a, #0x8000
  asrs \a, \a, #16
  strd r8, \a, [sp, #RESULTS + 2 * \at]
  .endm

  .macro STACKED_RUN name, small
  FUNCTION \name
  BEGIN_JOB

20: /* next run */
  STAGE
  BEGIN_OUTPUT

  .balign 4
1: /* next channel pair */
  ldr.w r12, [sp, #TILE]
  adds.w lr, lr, #1
  FIRST_STEP
  ldrsb.w r8, [lr, #-3]
  ENTER 9f, 1

2: /* more steps of a chunk */
  add r8, r8, #STACKED_CONTINUE
  rsb r8, r8, #0
  ENTER 9f, 0
  .balign 4
8:
  .rept PACKED_UNROLLED
  STEP
  .endr
9:
  ldrsb.w r8, [lr], #1
  cmp r8, #0
  ble 3f
  push {r0-r7}
  FIRST_STEP
  ldrsb.w r8, [lr, #-3]
  ENTER 9b, 1
3:
  cmn r8, #STACKED_CONTINUE
  blt 2b
  cmp r8, #0
  bne 5f

  /* one chunk alone */
  ldr.w r12, [sp, #MODE]
  ALIGN_STREAM
  tst r12, #MODE_POOL
  beq 4f
  POOL_ALL 0, POOL_TWO
  b 7f
4:
  KEEP_SIGNED r0, 0
  KEEP_SIGNED r1, 4
  KEEP_SIGNED r2, 8
  KEEP_SIGNED r3, 12
  KEEP_SIGNED r4, 16
  KEEP_SIGNED r5, 20
  KEEP_SIGNED r6, 24
  KEEP_SIGNED r7, 28
  b 71f

5:
  sub r9, sp, r8, lsl #5
  ldr.w r12, [r9, #MODE]
  tst r12, #MODE_POOL
  beq.w 6f
  COMBINE 1
  ldr.w r12, [sp, #MODE]
  ALIGN_STREAM
7:
  tst r12, #MODE_FAST
  beq 72f
  PUT_POOLED SCALE, \small
  cmp lr, r11
  bne.w 1b
  b 79f
72:
  PUT_POOLED SCALE_CLAMP, \small
  cmp lr, r11
  bne.w 1b
  b 79f

6:
  COMBINE 0
  ldr.w r12, [sp, #MODE]
  ALIGN_STREAM
71:
  tst r12, #MODE_FAST
  beq 73f
  PUT_ALL SCALE, \small
  cmp lr, r11
  bne.w 1b
  b 79f
73:
  PUT_ALL SCALE_CLAMP, \small
  cmp lr, r11
  bne.w 1b
79:
  END_RUNS \name, 20b, LEFT, FRAME
  .endm

  STACKED_RUN lf_m3_stacked_run, 0
  STACKED_RUN lf_m3_stacked_run_small, 1
