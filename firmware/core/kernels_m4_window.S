/*
 * Cortex-M4: one-dimensional convolution in its general form. The filter window of a position is a run of bytes, four
 * to a pair of steps; the windows of 4 positions are widened into a tile, from which all output channels are computed.
 *
 * Register tile of 4 positions x 2 output channels: r0-r3 accumulate the first channel, r4-r7 the second, r8 and r9
 * hold weights, r10 and r11 activations (two each), r12 walks through the tile, lr through the table.
 * Per step (two filter elements): 8 SMLAD (16 multiply-adds), 2 loads of weights, 4 of activations.
 *
 * Table of a channel pair: 2 x bias (2 words), per step the weights of both channels (2 words), then for each channel
 * multiplier and -2^(32 - shift); weights and biases doubled, see kernels_m4_conv3.S. In the narrow form weights are int8 and
 * nothing is doubled; four elements (two steps) of one channel are a word, widened anew for every run: 1 cycle a step and channel.
 * There a bias has 32 - shift in its lowest BIAS_BITS bits, and the block ends with both multipliers.
 *
 * Stack: 72 + 36 bytes.
 */
#include "kernels_m4_job.h"
#include "kernels_m4_macros.h"

#define OUT0 0 /* to OUT3 at 12 */
#define TILE 16
#define TILE_END 20
#define ZERO 24
#define LOW 28
#define HIGH 32
#define END 36
#define ENTRY 40
#define JOB 44
#define NEXT_IN 48
#define NEXT_OUT 52
#define LEFT 56
#define POOL 60
#define BIASES 64 /* the two first words of the block, narrow form */
#define FRAME 72
#define BIAS_BITS 5
#define UNROLLED 8
#define FULL 4 /* added to POOL if the clamp is -128..127 */

  .syntax unified
  .cpu cortex-m4
  .thumb

/* Two steps. */
  .macro STEPS narrow
  .if \narrow
  ldr.w r8, [lr]
  ldr.w r9, [lr, #4]
  sxtb16 r8, r8
  sxtb16 r9, r9
  MULTIPLY_FOUR smlad
  ldr.w r8, [lr], #4
  ldr.w r9, [lr], #4
  sxtb16 r8, r8, ror #8
  sxtb16 r9, r9, ror #8
  MULTIPLY_FOUR smlad
  .else
  .rept 2
  ldr.w r8, [lr], #4
  ldr.w r9, [lr], #4
  MULTIPLY_FOUR smlad
  .endr
  .endif
  .endm

/* Accumulators are doubled here if the weights were not. Multiplier r8, power r9, zero point r10, clamp r11 to r12, or `full`. */
  .macro SCALE_CLAMP a, narrow, full
  .if \narrow
  lsls \a, \a, #1
  .endif
  REQUANTISE \a, r8, r9, r10
  .if \full
  ssat \a, #8, \a
  .else
  CLAMP \a, r11, r12
  .endif
  .endm

/* Multiplier r8 and power r9 of the pair's first or second channel; r11 is the lower clamp afterwards. */
  .macro SCALE_OF channel, narrow, full
  .if \narrow
  ldr.w r8, [lr], #4
  ldrb.w r9, [sp, #BIASES + 4 * \channel]
  mov r11, #-1
  and r9, r9, #(1 << BIAS_BITS) - 1
  lsl r9, r11, r9
  .if !\full
  ldr.w r11, [sp, #LOW]
  .endif
  .else
  ldrd r8, r9, [lr], #8
  .endif
  .endm

/* Outputs of a channel pair, single or pooled. */
  .macro FINISH_SINGLE narrow, full
  SCALE_OF 0, \narrow, \full
  SCALE_CLAMP r0, \narrow, \full
  SCALE_CLAMP r1, \narrow, \full
  SCALE_CLAMP r2, \narrow, \full
  SCALE_CLAMP r3, \narrow, \full
  SCALE_OF 1, \narrow, \full
  SCALE_CLAMP r4, \narrow, \full
  SCALE_CLAMP r5, \narrow, \full
  SCALE_CLAMP r6, \narrow, \full
  SCALE_CLAMP r7, \narrow, \full
  ldr.w r8, [sp, #OUT0]
  ldr.w r9, [sp, #OUT0 + 4]
  ldr.w r10, [sp, #OUT0 + 8]
  ldr.w r11, [sp, #OUT0 + 12]
  PUT_PAIR r0, r4, r8
  PUT_PAIR r1, r5, r9
  PUT_PAIR r2, r6, r10
  PUT_PAIR r3, r7, r11
  strd r8, r9, [sp, #OUT0]
  strd r10, r11, [sp, #OUT0 + 8]
  .endm

  .macro FINISH_POOLED narrow, full
  LARGER r0, r1
  LARGER r2, r3
  LARGER r4, r5
  LARGER r6, r7
  SCALE_OF 0, \narrow, \full
  SCALE_CLAMP r0, \narrow, \full
  SCALE_CLAMP r2, \narrow, \full
  SCALE_OF 1, \narrow, \full
  SCALE_CLAMP r4, \narrow, \full
  SCALE_CLAMP r6, \narrow, \full
  ldr.w r8, [sp, #OUT0]
  ldr.w r9, [sp, #OUT0 + 4]
  PUT_PAIR r0, r4, r8
  PUT_PAIR r2, r6, r9
  strd r8, r9, [sp, #OUT0]
  .endm

/* The whole kernel, void f(const lf_m4_job *job, uint32_t pool). */
  .macro WINDOW name, narrow
  FUNCTION \name
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  str r0, [sp, #JOB]
  ldr r2, [r0, #JOB_HIGH]
  ldr r3, [r0, #JOB_LOW]
  subs r2, r2, r3
  cmp r2, #255
  it eq
  addeq r1, r1, #FULL
  str r1, [sp, #POOL]
  ldrd r2, r3, [r0, #JOB_ZERO]
  strd r2, r3, [sp, #ZERO]
  ldr r2, [r0, #JOB_HIGH]
  ldr r3, [r0, #JOB_TABLE_END]
  str r2, [sp, #HIGH]
  str r3, [sp, #END]
  ldr r1, [r0, #JOB_STEPS]
  ldr r2, [r0, #JOB_TILE]
  str r2, [sp, #TILE]
  add r2, r2, r1, lsl #4
  str r2, [sp, #TILE_END]
  /* the first round has 1 to UNROLLED pairs of steps, the others all */
  lsrs r1, r1, #1
  subs r1, r1, #1
  and r1, r1, #UNROLLED - 1
  adds r1, r1, #1
  movs r2, #(9f - 4f) / UNROLLED
  adr.w r3, 9f
  mls r3, r1, r2, r3
  adds r3, r3, #1
  str r3, [sp, #ENTRY]
  ldr r1, [r0, #JOB_IN]
  str r1, [sp, #NEXT_IN]
  ldr r1, [r0, #JOB_OUT]
  ldr r2, [r0, #JOB_CHANNELS]
  add r1, r1, r2
  str r1, [sp, #NEXT_OUT]
  ldr r1, [r0, #JOB_GROUPS]
  str r1, [sp, #LEFT]

1: /* next run: widen the windows of its four positions */
  ldr.w r12, [sp, #JOB]
  ldr r0, [sp, #NEXT_IN]
  ldr.w r1, [r12, #JOB_PITCH]
  add r3, r0, r1, lsl #2
  str r3, [sp, #NEXT_IN]
  lsl r2, r1, #1
  add r3, r1, r2
  ldr.w r12, [sp, #TILE]
  ldr.w lr, [sp, #TILE_END]
  .balign 4
2:
  ldr r4, [r0]
  ldr r5, [r0, r1]
  ldr r6, [r0, r2]
  ldr r7, [r0, r3]
  sxtb16 r8, r4
  sxtb16 r9, r5
  sxtb16 r10, r6
  sxtb16 r11, r7
  stm r12!, {r8-r11}
  sxtb16 r8, r4, ror #8
  sxtb16 r9, r5, ror #8
  sxtb16 r10, r6, ror #8
  sxtb16 r11, r7, ror #8
  stm r12!, {r8-r11}
  adds r0, r0, #4
  cmp r12, lr
  bne 2b

  /* outputs of the run, written from the last channel to the first */
  ldr.w r12, [sp, #JOB]
  ldr r0, [sp, #NEXT_OUT]
  ldr r6, [sp, #POOL] /* bit 1: pooled */
  ldr.w r1, [r12, #JOB_OUT_PITCH]
  ldr.w lr, [r12, #JOB_TABLE]
  add r2, r0, r1
  add r3, r2, r1
  add r4, r3, r1
  strd r0, r2, [sp, #OUT0]
  strd r3, r4, [sp, #OUT0 + 8]
  add r5, r4, r1
  lsls r6, r6, #30
  it mi
  movmi r5, r3
  str r5, [sp, #NEXT_OUT]

  .balign 4
3: /* next channel pair */
  ldrd r0, r4, [lr], #8
  ldr.w r8, [sp, #ENTRY]
  ldr.w r12, [sp, #TILE]
  .if \narrow
  strd r0, r4, [sp, #BIASES]
  asrs r0, r0, #BIAS_BITS
  asrs r4, r4, #BIAS_BITS
  .endif
  mov r1, r0
  mov r2, r0
  mov r3, r0
  mov r5, r4
  mov r6, r4
  mov r7, r4
  bx r8
  .balign 4
4:
  .rept UNROLLED
  STEPS \narrow
  .endr
9:
  ldr.w r8, [sp, #TILE_END]
  cmp r12, r8
  bne.w 4b

  ldr.w r8, [sp, #POOL]
  ldr.w r10, [sp, #ZERO]
  cmp r8, #2
  beq 5f
  bhi 7f
  ldr.w r11, [sp, #LOW]
  ldr.w r12, [sp, #HIGH]
  FINISH_SINGLE \narrow, 0
  b 6f
5:
  ldr.w r11, [sp, #LOW]
  ldr.w r12, [sp, #HIGH]
  FINISH_POOLED \narrow, 0
  b 6f
7:
  cmp r8, #FULL + 2
  beq 8f
  FINISH_SINGLE \narrow, 1
  b 6f
8:
  FINISH_POOLED \narrow, 1
6:
  ldr.w r8, [sp, #END]
  cmp lr, r8
  bne.w 3b
  END_RUNS \name, 1b, LEFT, FRAME
  .endm

  WINDOW lf_m4_window, 0
  WINDOW lf_m4_window_narrow, 1
