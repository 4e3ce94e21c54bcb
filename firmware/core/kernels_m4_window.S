/*
 * Cortex-M4: one-dimensional convolution in its general form. The filter window of a position is a run of bytes, four
 * to a pair of steps; the windows of 4 positions are widened into a tile, from which all output channels are computed.
 *
 * Register tile of 4 positions x 2 output channels: r0-r3 accumulate the first channel, r4-r7 the second, r8 and r9
 * hold weights, r10 and r11 activations (two each), r12 walks through the tile, lr through the table.
 * Per step (two filter elements): 8 SMLAD (16 multiply-adds), 2 loads of weights, 4 of activations.
 *
 * Table of a channel pair: 2 x bias (2 words), per step the weights of both channels (2 words), then for each channel
 * multiplier and -2^(32 - shift); weights and biases doubled, see kernels_m4_conv3.S.
 *
 * Stack: 64 + 36 bytes.
 */
#include "kernels_m4.h"

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
#define FRAME 64
#define STEP_BYTES 56
#define UNROLLED 16

  .syntax unified
  .cpu cortex-m4
  .thumb

  .macro STEP
  ldr.w r8, [lr], #4
  ldr.w r9, [lr], #4
  ldr.w r10, [r12], #4
  ldr.w r11, [r12], #4
  smlad r0, r10, r8, r0
  smlad r4, r10, r9, r4
  smlad r1, r11, r8, r1
  smlad r5, r11, r9, r5
  ldr.w r10, [r12], #4
  ldr.w r11, [r12], #4
  smlad r2, r10, r8, r2
  smlad r6, r10, r9, r6
  smlad r3, r11, r8, r3
  smlad r7, r11, r9, r7
  .endm

  .macro LARGER a, b
  cmp \a, \b
  it lt
  movlt \a, \b
  .endm

/* Multiplier r8, power r9, zero point r10, clamp r11 to r12. */
  .macro SCALE_CLAMP a
  smmulr \a, \a, r8
  add \a, \a, \a, asr #31
  smmlsr \a, \a, r9, r10
  LARGER \a, r11
  cmp \a, r12
  it gt
  movgt \a, r12
  .endm

/* void lf_m4_window(const lf_m4_job *job, uint32_t pool) */
  .global lf_m4_window
  .type lf_m4_window, %function
  .section .text.lf_m4_window, "ax", %progbits
  .balign 4
lf_m4_window:
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  str r0, [sp, #JOB]
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
  /* the first round has 1 to UNROLLED steps, the others all */
  subs r1, r1, #1
  and r1, r1, #UNROLLED - 1
  adds r1, r1, #1
  movs r2, #STEP_BYTES
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
  ldr r6, [sp, #POOL]
  ldr.w r1, [r12, #JOB_OUT_PITCH]
  ldr.w lr, [r12, #JOB_TABLE]
  add r2, r0, r1
  add r3, r2, r1
  add r4, r3, r1
  strd r0, r2, [sp, #OUT0]
  strd r3, r4, [sp, #OUT0 + 8]
  add r5, r4, r1
  cmp r6, #2
  it eq
  moveq r5, r3
  str r5, [sp, #NEXT_OUT]

  .balign 4
3: /* next channel pair */
  ldrd r0, r4, [lr], #8
  ldr.w r8, [sp, #ENTRY]
  ldr.w r12, [sp, #TILE]
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
  STEP
  .endr
9:
  ldr.w r8, [sp, #TILE_END]
  cmp r12, r8
  bne.w 4b

  ldr.w r8, [sp, #POOL]
  ldr.w r10, [sp, #ZERO]
  ldr.w r11, [sp, #LOW]
  ldr.w r12, [sp, #HIGH]
  cmp r8, #2
  beq 5f
  ldrd r8, r9, [lr], #8
  SCALE_CLAMP r0
  SCALE_CLAMP r1
  SCALE_CLAMP r2
  SCALE_CLAMP r3
  ldrd r8, r9, [lr], #8
  SCALE_CLAMP r4
  SCALE_CLAMP r5
  SCALE_CLAMP r6
  SCALE_CLAMP r7
  ldr.w r8, [sp, #OUT0]
  ldr.w r9, [sp, #OUT0 + 4]
  ldr.w r10, [sp, #OUT0 + 8]
  ldr.w r11, [sp, #OUT0 + 12]
  strb r4, [r8, #-1]!
  strb r0, [r8, #-1]!
  strb r5, [r9, #-1]!
  strb r1, [r9, #-1]!
  strb r6, [r10, #-1]!
  strb r2, [r10, #-1]!
  strb r7, [r11, #-1]!
  strb r3, [r11, #-1]!
  strd r8, r9, [sp, #OUT0]
  strd r10, r11, [sp, #OUT0 + 8]
  b 6f
5:
  LARGER r0, r1
  LARGER r2, r3
  LARGER r4, r5
  LARGER r6, r7
  ldrd r8, r9, [lr], #8
  SCALE_CLAMP r0
  SCALE_CLAMP r2
  ldrd r8, r9, [lr], #8
  SCALE_CLAMP r4
  SCALE_CLAMP r6
  ldr.w r8, [sp, #OUT0]
  ldr.w r9, [sp, #OUT0 + 4]
  strb r4, [r8, #-1]!
  strb r0, [r8, #-1]!
  strb r6, [r9, #-1]!
  strb r2, [r9, #-1]!
  strd r8, r9, [sp, #OUT0]
6:
  ldr.w r8, [sp, #END]
  cmp lr, r8
  bne.w 3b
  ldr r0, [sp, #LEFT]
  subs r0, r0, #1
  str r0, [sp, #LEFT]
  bne.w 1b
  add sp, sp, #FRAME
  pop {r4-r11, pc}
  .size lf_m4_window, . - lf_m4_window
