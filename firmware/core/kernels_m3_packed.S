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
#include "kernels_m3_stage.h"

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

  .macro PACKED_RUN name, wide
  FUNCTION \name
  BEGIN_JOB

20: /* next run */
  STAGE
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
  PUT_POOLED SCALE, 0
  cmp lr, r11
  bne.w 1b
  b 79f
72:
  PUT_POOLED SCALE_CLAMP, 0
  cmp lr, r11
  bne.w 1b
  b 79f
63:
  KEEP_ALL FLUSHED
71:
  tst r12, #MODE_FAST
  beq 73f
  PUT_ALL SCALE, 0
  cmp lr, r11
  bne.w 1b
  b 79f
73:
  PUT_ALL SCALE_CLAMP, 0
  cmp lr, r11
  bne.w 1b
79:
  END_RUNS \name, 20b, LEFT, FRAME
  .endm

  PACKED_RUN lf_packed_run, 0
  PACKED_RUN lf_packed_run_wide, 1
