/*
 * Cortex-M3: convolution over two positions per word, see kernels_packed_job.h.
 *
 * Register tile of 8 positions x 2 output channels: r0-r3 accumulate the first channel, r4-r7 the second, r8 and r9
 * hold weights, r10 and r11 activations, r12 walks through the tile, lr through the stream. Per filter element:
 * 8 MLA (16 multiply-adds), 2 loads of weights, 4 of activations.
 *
 * Requantisation: see packed.ts; the product's upper half is all that is needed of it.
 *
 * Stack: 144 + 36 bytes.
 */
#include "kernels_m3_run.h"
#include "kernels_packed_job.h"

#define STEP_BYTES 56

  .syntax unified
  .cpu cortex-m3
  .thumb

  .macro STEP wide
  .if \wide
  ldrsh.w r8, [lr], #2
  ldrsh.w r9, [lr], #2
  .else
  ldrsb.w r8, [lr], #1
  ldrsb.w r9, [lr], #1
  .endif
  MULTIPLY_FOUR mla
  .endm

  .macro START_ALL
  mov r0, #0x80008000
  mov r1, r0
  mov r2, r0
  mov r3, r0
  mov r4, r0
  mov r5, r0
  mov r6, r0
  mov r7, r0
  .endm

  .macro HEADER wide
  .if \wide
  ldrsh.w r8, [lr], #2
  .else
  ldrsb.w r8, [lr], #1
  .endif
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

  .macro PACKED_RUN name, wide, small
  FUNCTION \name
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

20: /* next run */
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
  BEGIN_OUTPUT

  .balign 4
1: /* next channel pair */
  HEADER \wide
  ldr.w r12, [sp, #TILE]
  START_ALL
  b 4f

2: /* flush, then r8 steps */
  ldr.w r9, 10f
  ADD_UPPER r0, r1, 0
  ADD_UPPER r2, r3, 8
  ADD_UPPER r4, r5, 16
  ADD_UPPER r6, r7, 24
  .if \wide
  ldrsh.w r8, [lr, #-2]
  .else
  ldrsb.w r8, [lr, #-1]
  .endif
4: /* enter the unrolled steps so that the last r8 of them run */
  rsb r8, r8, r8, lsl #3
  adr.w r9, 9f
  sub r9, r9, r8, lsl #3
  mov pc, r9
  .balign 4
8:
  .rept PACKED_UNROLLED
  STEP \wide
  .endr
9:
  HEADER \wide
  cmp.w r8, #0
  beq.w 5f
  blt 3f
  cmp.w r8, #HEADER_CONTINUE
  blt 2b
  sub r8, r8, #HEADER_CONTINUE
  b 4b

3:
  cmn.w r8, #HEADER_STORE
  blt 31f
  ldr.w r9, 10f
  BEGIN_UPPER r0, 0
  BEGIN_UPPER r1, 4
  BEGIN_UPPER r2, 8
  BEGIN_UPPER r3, 12
  BEGIN_UPPER r4, 16
  BEGIN_UPPER r5, 20
  BEGIN_UPPER r6, 24
  BEGIN_UPPER r7, 28
  rsb r8, r8, #0
  b 4b
31:
  cmn.w r8, #HEADER_CONTINUE
  blt 6f
  add r9, sp, #UPPER
  add r8, r8, #HEADER_STORE
  stm r9, {r0-r7}
  rsb r8, r8, #0
  START_ALL
  b 4b
  .balign 4
10:
  .word 0x01FF01FF

/* ends: nothing flushed, flushed, stored; then by mode */
5:
  ldr.w r12, [sp, #MODE]
  ALIGN_STREAM
  tst r12, #MODE_POOL
  beq 51f
  POOL_ALL PLAIN
  b 7f
51:
  KEEP_ALL PLAIN
  b 71f

6:
  ldr.w r12, [sp, #MODE]
  cmn.w r8, #-HEADER_END_FLUSHED
  beq 62f
  ALIGN_STREAM
  tst r12, #MODE_POOL
  beq 61f
  POOL_ALL STORED
  b 7f
61:
  KEEP_ALL STORED
  b 71f
62:
  ALIGN_STREAM
  tst r12, #MODE_POOL
  beq 63f
  POOL_ALL FLUSHED
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
63:
  KEEP_ALL FLUSHED
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

  PACKED_RUN lf_packed_run, 0, 0
  PACKED_RUN lf_packed_run_small, 0, 1
  PACKED_RUN lf_packed_run_wide, 1, 0
