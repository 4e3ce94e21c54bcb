/*
 * Cortex-M0+: convolution over two positions per word, see kernels_packed_job.h. Weights are int16, both channels of a
 * filter element in one word; a header fills a word too.
 *
 * Register tile of 8 positions x 2 output channels: r6, r8, r9, r10 accumulate the first channel, r7, r11, r12, lr the
 * second; r0 holds activations, r1 a product, r2 and r3 weights, r4 walks through the tile, r5 through the stream.
 * Per filter element: 8 MULS (16 multiply-adds), one load of weights, 4 of activations.
 *
 * Requantisation: the 32 x 32 bit product is put together from four 16-bit ones; see PRODUCT.
 *
 * Stack: 140 + 36 bytes.
 */
#include "kernels_macros.h"
#include "kernels_packed_job.h"

#define UPPER 0
#define RESULTS 32 /* 16 words */
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
#define FRAME 140
#define STEP_BYTES 54

  .syntax unified
  .cpu cortex-m0plus
  .thumb

  .macro WORD_STEP first, second
  ldm r4!, {r0}
  movs r1, r0
  muls r1, r2
  add \first, r1
  muls r0, r3
  add \second, r0
  .endm

  .macro STEP
  ldm r5!, {r3}
  sxth r2, r3
  asrs r3, r3, #16
  WORD_STEP r6, r7
  WORD_STEP r8, r11
  WORD_STEP r9, r12
  WORD_STEP r10, lr
  .endm

/* Flush of an accumulator; r2 = 0x80008000, r3 = 0x01FF01FF, r4 free. */
  .macro FLUSH a, at, first
  mov r0, \a
  lsrs r1, r0, #7
  ands r1, r3
  .if \first
  str r1, [sp, #UPPER + \at]
  .else
  ldr r4, [sp, #UPPER + \at]
  adds r4, r4, r1
  str r4, [sp, #UPPER + \at]
  .endif
  lsls r1, r1, #7
  subs r0, r0, r1
  adds r0, r0, r2
  mov \a, r0
  .endm

  .macro FLUSH_ALL first
  str r4, [sp, #RESULTS]
  ldr r2, =0x80008000
  ldr r3, =0x01FF01FF
  FLUSH r6, 0, \first
  FLUSH r8, 4, \first
  FLUSH r9, 8, \first
  FLUSH r10, 12, \first
  FLUSH r7, 16, \first
  FLUSH r11, 20, \first
  FLUSH r12, 24, \first
  FLUSH lr, 28, \first
  ldr r4, [sp, #RESULTS]
  .endm

/* Both fields of an accumulator to the frame, or the larger one. */
  .macro KEEP a, at, flushed, pool
  mov r0, \a
  uxth r1, r0
  lsrs r0, r0, #16
  .if \flushed
  ldr r2, [sp, #UPPER + \at]
  uxth r3, r2
  lsls r3, r3, #7
  adds r1, r1, r3
  lsrs r2, r2, #16
  lsls r2, r2, #7
  adds r0, r0, r2
  .endif
  .if \pool
  cmp r0, r1
  bge 1f
  movs r0, r1
1:
  str r0, [sp, #RESULTS + \at]
  .else
  str r1, [sp, #RESULTS + 2 * \at]
  str r0, [sp, #RESULTS + 2 * \at + 4]
  .endif
  .endm

  .macro KEEP_ALL flushed, pool
  KEEP r6, 0, \flushed, \pool
  KEEP r8, 4, \flushed, \pool
  KEEP r9, 8, \flushed, \pool
  KEEP r10, 12, \flushed, \pool
  KEEP r7, 16, \flushed, \pool
  KEEP r11, 20, \flushed, \pool
  KEEP r12, 24, \flushed, \pool
  KEEP lr, 28, \flushed, \pool
  .endm

/* void lf_packed_run_wide(const lf_packed_job *) */
  FUNCTION lf_packed_run_wide
  push {r4-r7, lr}
  mov r4, r8
  mov r5, r9
  mov r6, r10
  mov r7, r11
  push {r4-r7}
  sub sp, #FRAME
  str r0, [sp, #JOB]
  ldr r1, [r0, #JOB_TABLE_END]
  str r1, [sp, #END]
  ldr r1, [r0, #JOB_TILE]
  str r1, [sp, #TILE]
  ldr r1, [r0, #JOB_OUT]
  str r1, [sp, #NEXT_OUT]
  ldr r1, [r0, #JOB_OUT_PITCH]
  str r1, [sp, #PITCH]
  ldr r1, [r0, #JOB_MODE]
  str r1, [sp, #MODE]
  ldr r1, [r0, #JOB_LOW]
  str r1, [sp, #LOW]
  ldr r1, [r0, #JOB_HIGH]
  str r1, [sp, #HIGH]
  ldr r1, [r0, #JOB_IN]
  str r1, [sp, #NEXT_IN]
  ldr r1, [r0, #JOB_RUNS]
  str r1, [sp, #LEFT]

next_run: /* r0: tile, r1: input, r2: pitch, r3: elements left, r6: 0, r12: 2 * pitch */
  ldr r4, [sp, #JOB]
  ldr r0, [sp, #TILE]
  ldr r1, [sp, #NEXT_IN]
  ldr r2, [r4, #JOB_PITCH]
  ldr r3, [r4, #JOB_ELEMENTS]
  lsls r5, r2, #3
  adds r5, r5, r1
  str r5, [sp, #NEXT_IN]
  lsls r6, r2, #1
  mov r12, r6
  movs r6, #0
1:
  movs r7, r1
  .rept 4
  ldrsb r5, [r7, r2]
  ldrsb r4, [r7, r6]
  add r7, r12
  lsls r5, r5, #16
  adds r4, r4, r5
  stm r0!, {r4}
  .endr
  adds r1, r1, #1
  subs r3, r3, #1
  bne 1b
  ldr r4, [sp, #JOB]
  ldr r5, [r4, #JOB_TABLE]
  ldr r1, [r4, #JOB_OUT_STEP]
  ldr r0, [sp, #NEXT_OUT]
  str r0, [sp, #OUT]
  adds r0, r0, r1
  str r0, [sp, #NEXT_OUT]

next_pair:
  ldr r0, =0x80008000
  ldr r4, [sp, #TILE]
  movs r6, r0
  movs r7, r0
  mov r8, r0
  mov r9, r0
  mov r10, r0
  mov r11, r0
  mov r12, r0
  mov lr, r0
  ldm r5!, {r0}
enter: /* enter the unrolled steps so that the last r0 of them run */
  movs r1, #STEP_BYTES
  muls r0, r1
  ldr r1, =steps_end
  subs r1, r1, r0
  mov pc, r1
first_flush:
  FLUSH_ALL 1
  subs r5, r5, #4
  ldm r5!, {r0}
  sxth r0, r0
  rsbs r0, r0, #0
  b enter
  .ltorg
  .balign 4
steps:
  .rept PACKED_UNROLLED
  STEP
  .endr
steps_end:
  ldm r5!, {r0}
  sxth r0, r0
  cmp r0, #0
  beq end_plain
  blt negative
  subs r0, r0, #HEADER_CONTINUE
  bgt enter_far
  FLUSH_ALL 0
  subs r5, r5, #4
  ldm r5!, {r0}
enter_far:
  movs r1, #STEP_BYTES
  muls r0, r1
  ldr r1, =steps_end
  subs r1, r1, r0
  mov pc, r1
negative:
  movs r1, #HEADER_CONTINUE
  cmn r0, r1
  blt end_flushed
  ldr r1, =first_flush
  mov pc, r1
  .ltorg
  .balign 4

end_plain:
  ldr r0, [sp, #MODE]
  lsrs r0, r0, #1
  bcc end_plain_all
  KEEP_ALL 0, 1
  b scale
end_plain_all:
  KEEP_ALL 0, 0
  b scale
end_flushed:
  ldr r0, [sp, #MODE]
  lsrs r0, r0, #1
  bcc end_flushed_all
  KEEP_ALL 1, 1
  b scale
end_flushed_all:
  KEEP_ALL 1, 0

/*
 * Requantises the results in the frame. r12: walks through them; r11: outputs still to come of a channel; r10: output
 * address; r9: where the second channel's results begin; r8: mode.
 */
scale:
  ldr r0, [sp, #MODE]
  mov r8, r0
  ldr r1, [sp, #OUT]
  mov r10, r1
  subs r1, r1, #2
  str r1, [sp, #OUT]
  add r2, sp, #RESULTS
  mov r12, r2
  movs r1, #2
  mov r9, r1
scale_channel:
  movs r1, #8
  mov r0, r8
  lsrs r0, r0, #1
  bcc 1f
  movs r1, #4
1:
  mov r11, r1
  ldm r5!, {r0-r3} /* bias, multiplier, rounding, shift */
  str r0, [sp, #UPPER]
  str r1, [sp, #UPPER + 4]
  str r2, [sp, #UPPER + 8]
  str r3, [sp, #UPPER + 12]
  mov r7, r10
scale_one:
  mov r0, r12
  ldm r0!, {r1}
  mov r12, r0
  lsls r1, r1, #2
  ldr r0, [sp, #UPPER]
  adds r0, r0, r1 /* 4 * (a + bias) */
  ldr r1, [sp, #UPPER + 4]
  /* upper word of r0 * r1 */
  uxth r2, r0
  asrs r3, r0, #16
  uxth r4, r1
  lsrs r6, r1, #16
  movs r0, r2
  muls r0, r4 /* low * low */
  lsrs r0, r0, #16
  muls r2, r6 /* low * high: below 2^31 */
  muls r4, r3 /* high * low, signed */
  muls r3, r6 /* high * high, signed */
  adds r0, r0, r2
  uxth r1, r4
  adds r0, r0, r1 /* below 2^32 */
  lsrs r0, r0, #16
  asrs r4, r4, #16
  adds r0, r0, r4
  adds r0, r0, r3
  mov r1, r8
  lsrs r1, r1, #2
  bcs 1f
  /* the rounding half that belongs to the product, then one towards minus infinity for what is negative */
  adds r0, r0, #1
  asrs r0, r0, #1
  asrs r1, r0, #31
  adds r0, r0, r1
1:
  ldr r1, [sp, #UPPER + 8]
  adds r0, r0, r1
  ldr r1, [sp, #UPPER + 12]
  asrs r0, r1
  ldr r1, [sp, #LOW]
  cmp r0, r1
  bge 2f
  movs r0, r1
2:
  ldr r1, [sp, #HIGH]
  cmp r0, r1
  ble 3f
  movs r0, r1
3:
  strb r0, [r7]
  ldr r0, [sp, #PITCH]
  adds r7, r7, r0
  mov r0, r11
  subs r0, r0, #1
  mov r11, r0
  bne scale_one
  mov r7, r10
  adds r7, r7, #1
  mov r10, r7
  mov r0, r9
  subs r0, r0, #1
  mov r9, r0
  bne scale_channel
  ldr r0, [sp, #END]
  cmp r5, r0
  beq 4f
  ldr r0, =next_pair
  mov pc, r0
4:
  ldr r0, [sp, #LEFT]
  subs r0, r0, #1
  str r0, [sp, #LEFT]
  beq 5f
  ldr r0, =next_run
  mov pc, r0
5:
  add sp, #FRAME
  pop {r4-r7}
  mov r8, r4
  mov r9, r5
  mov r10, r6
  mov r11, r7
  pop {r4-r7, pc}
  .ltorg
  .size lf_packed_run_wide, . - lf_packed_run_wide
