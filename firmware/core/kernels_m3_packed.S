/*
 * Cortex-M3: convolution over two positions per word, see kernels_packed.h.
 *
 * Register tile of 8 positions x 2 output channels: r0-r3 accumulate the first channel, r4-r7 the second, r8 and r9
 * hold weights, r10 and r11 activations, r12 walks through the tile, lr through the stream. Per filter element:
 * 8 MLA (16 multiply-adds), 2 loads of weights, 4 of activations.
 *
 * Requantisation: see layout-packed.ts; the product's upper half is all that is needed of it.
 *
 * Stack: 124 + 36 bytes.
 */
#include "kernels_packed.h"

#define UPPER 0
#define RESULTS 32 /* 16 words, without pooling */
#define OUT 96
#define PITCH 100
#define END 104
#define TILE 108
#define MODE 112
#define LOW 116
#define HIGH 120
#define FRAME 124
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
  ldr.w r10, [r12], #4
  ldr.w r11, [r12], #4
  mla r0, r10, r8, r0
  mla r4, r10, r9, r4
  mla r1, r11, r8, r1
  mla r5, r11, r9, r5
  ldr.w r10, [r12], #4
  ldr.w r11, [r12], #4
  mla r2, r10, r8, r2
  mla r6, r10, r9, r6
  mla r3, r11, r8, r3
  mla r7, r11, r9, r7
  .endm

  .macro HEADER wide
  .if \wide
  ldrsh.w r8, [lr], #2
  .else
  ldrsb.w r8, [lr], #1
  .endif
  .endm

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

/* Fields of \a to \low and \a, with what was flushed (r9: scratch, \upper: the upper word) or without. */
  .macro SPLIT a, low, flushed, upper
  uxth \low, \a
  lsrs \a, \a, #16
  .if \flushed
  uxth r9, \upper
  add \low, \low, r9, lsl #7
  lsr \upper, \upper, #16
  add \a, \a, \upper, lsl #7
  .endif
  .endm

  .macro POOL_PAIR a, b, at, flushed
  .if \flushed
  ldr.w r10, [sp, #UPPER + \at]
  ldr.w r11, [sp, #UPPER + \at + 4]
  .endif
  SPLIT \a, r8, \flushed, r10
  cmp \a, r8
  it lt
  movlt \a, r8
  SPLIT \b, r8, \flushed, r11
  cmp \b, r8
  it lt
  movlt \b, r8
  .endm

  .macro POOL_ALL flushed
  POOL_PAIR r0, r1, 0, \flushed
  POOL_PAIR r2, r3, 8, \flushed
  POOL_PAIR r4, r5, 16, \flushed
  POOL_PAIR r6, r7, 24, \flushed
  .endm

  .macro KEEP a, at, flushed
  .if \flushed
  ldr.w r10, [sp, #UPPER + \at]
  .endif
  SPLIT \a, r8, \flushed, r10
  strd r8, \a, [sp, #RESULTS + 2 * \at]
  .endm

  .macro KEEP_ALL flushed
  KEEP r0, 0, \flushed
  KEEP r1, 4, \flushed
  KEEP r2, 8, \flushed
  KEEP r3, 12, \flushed
  KEEP r4, 16, \flushed
  KEEP r5, 20, \flushed
  KEEP r6, 24, \flushed
  KEEP r7, 28, \flushed
  .endm

/* Constants of a channel in r8-r11. */
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
  cmp \a, r12
  it lt
  movlt \a, r12
  ldr.w r12, [sp, #HIGH]
  cmp \a, r12
  it gt
  movgt \a, r12
  .endm

  .macro SCALE_FOUR kind, a, b, c, d
  \kind \a
  \kind \b
  \kind \c
  \kind \d
  .endm

/* Pooled results r0-r7 to the output. */
  .macro PUT_POOLED kind
  ldm lr!, {r8-r11}
  SCALE_FOUR \kind, r0, r1, r2, r3
  ldm lr!, {r8-r11}
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

  .macro PUT_ALL kind
  ldr r7, [sp, #OUT]
  ldr r5, [sp, #PITCH]
  mov r4, r7
  ldm lr!, {r8-r11}
  PUT_FOUR \kind, 0
  PUT_FOUR \kind, 16
  adds r4, r7, #1
  ldm lr!, {r8-r11}
  PUT_FOUR \kind, 32
  PUT_FOUR \kind, 48
  subs r7, r7, #2
  str r7, [sp, #OUT]
  ldr.w r11, [sp, #END]
  .endm

  .macro ALIGN_STREAM
  add lr, lr, #3
  bic lr, lr, #3
  .endm

  .macro PACKED_RUN name, wide
  .global \name
  .type \name, %function
  .section .text.\name, "ax", %progbits
  .balign 4
\name:
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  ldr.w lr, [r0, #JOB_TABLE]
  ldr r1, [r0, #JOB_TABLE_END]
  ldr r2, [r0, #JOB_TILE]
  ldr r3, [r0, #JOB_OUT]
  ldr r4, [r0, #JOB_OUT_PITCH]
  ldr r5, [r0, #JOB_MODE]
  ldr r6, [r0, #JOB_LOW]
  ldr r7, [r0, #JOB_HIGH]
  str r1, [sp, #END]
  str r2, [sp, #TILE]
  str r3, [sp, #OUT]
  str r4, [sp, #PITCH]
  str r5, [sp, #MODE]
  str r6, [sp, #LOW]
  str r7, [sp, #HIGH]

  .balign 4
1: /* next channel pair */
  HEADER \wide
  ldr.w r12, [sp, #TILE]
  mov r0, #0x80008000
  mov r1, r0
  mov r2, r0
  mov r3, r0
  mov r4, r0
  mov r5, r0
  mov r6, r0
  mov r7, r0
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
  beq 5f
  blt 3f
  cmp.w r8, #HEADER_CONTINUE
  blt 2b
  sub r8, r8, #HEADER_CONTINUE
  b 4b

3:
  cmn.w r8, #HEADER_CONTINUE
  blt 6f
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
  .balign 4
10:
  .word 0x01FF01FF

5: /* end, nothing flushed */
  ldr.w r12, [sp, #MODE]
  ALIGN_STREAM
  tst r12, #MODE_POOL
  beq 51f
  POOL_ALL 0
  b 7f
51:
  KEEP_ALL 0
  b 71f

6: /* end, with what was flushed */
  ldr.w r12, [sp, #MODE]
  ALIGN_STREAM
  tst r12, #MODE_POOL
  beq 61f
  POOL_ALL 1
7:
  tst r12, #MODE_FAST
  beq 72f
  PUT_POOLED SCALE
  cmp lr, r11
  bne.w 1b
  b 79f
72:
  PUT_POOLED SCALE_CLAMP
  cmp lr, r11
  bne.w 1b
  b 79f
61:
  KEEP_ALL 1
71:
  tst r12, #MODE_FAST
  beq 73f
  PUT_ALL SCALE
  cmp lr, r11
  bne.w 1b
  b 79f
73:
  PUT_ALL SCALE_CLAMP
  cmp lr, r11
  bne.w 1b
79:
  add sp, sp, #FRAME
  pop {r4-r11, pc}
  .size \name, . - \name
  .endm

  PACKED_RUN lf_packed_run, 0
  PACKED_RUN lf_packed_run_wide, 1

/* void lf_packed_stage(uint32_t *tile, const int8_t *from, uint32_t pitch, uint32_t count) */
  .global lf_packed_stage
  .type lf_packed_stage, %function
  .section .text.lf_packed_stage, "ax", %progbits
  .balign 4
lf_packed_stage:
  push {r4-r11, lr}
  add r12, r1, r2, lsl #2 /* rows 4 to 7 */
  lsl lr, r2, #1
  add r11, r2, lr
  .balign 4
1:
  ldrsb r4, [r1, r2]
  ldrsb.w r5, [r1, r11]
  ldrsb.w r6, [r12, r2]
  ldrsb.w r7, [r12, r11]
  ldrsb.w r8, [r1, lr]
  ldrsb.w r9, [r12, lr]
  ldrsb.w r10, [r12], #1
  add r5, r8, r5, lsl #16
  ldrsb.w r8, [r1], #1
  add r6, r10, r6, lsl #16
  add r7, r9, r7, lsl #16
  add r4, r8, r4, lsl #16
  stm r0!, {r4-r7}
  subs r3, r3, #1
  bne 1b
  pop {r4-r11, pc}
  .size lf_packed_stage, . - lf_packed_stage
