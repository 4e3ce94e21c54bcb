/*
 * Cortex-M4: kernels_m4_window.S without pooling and without a clamp but int8's, for runs of four or of three positions. Tables, tile and
 * registers as there; with three positions r3 holds the third one's activations.
 *
 * Per step (two filter elements, two channels): four positions take 8 SMLAD, 6 loads in two runs of loads, 16 cycles; three take 6 SMLAD and
 * 5 loads in one, 12 cycles: both 1 cycle a multiply-add. Around it 60 cycles a block of four positions and two channels (`fast`), 24 of
 * them to scale and limit eight outputs. The first step begins with the biases instead of a copy of them. Stack: 48 + 36 bytes.
 */
#include "kernels_m4_job.h"
#include "kernels_m4_macros.h"

#define OUT 0 /* of the next channel pair, first position */
#define OUT_PITCH 4
#define END 8
#define ZERO 12
#define TILE 16
#define TILE_END 20
#define ENTRY 24
#define NEXT_IN 28
#define NEXT_OUT 32
#define LEFT 36
#define JOB 40
#define FRAME 48
#define UNROLLED 8

  .syntax unified
  .cpu cortex-m4
  .thumb

  .macro LOAD_WEIGHTS
  ldr.w r8, [lr], #4
  ldr.w r9, [lr], #4
  .endm

/* One step; the sums of the two channels come from \a and \b on the first step, where these are the last that are written. */
  .macro POINTS_STEP positions, a0=r0, a1=r1, a2=r2, a3=r3, b0=r4, b1=r5, b2=r6, b3=r7
  LOAD_WEIGHTS
  ldr.w r10, [r12], #4
  ldr.w r11, [r12], #4
  .if \positions == 3
  ldr.w r3, [r12], #4
  .endif
  smlad r0, r10, r8, \a0
  smlad r4, r10, r9, \b0
  smlad r1, r11, r8, \a1
  smlad r5, r11, r9, \b1
  .if \positions == 3
  smlad r2, r3, r8, \a2
  smlad r6, r3, r9, \b2
  .else
  ldr.w r10, [r12], #4
  ldr.w r11, [r12], #4
  smlad r2, r10, r8, \a2
  smlad r6, r10, r9, \b2
  smlad r3, r11, r8, \a3
  smlad r7, r11, r9, \b3
  .endif
  .endm

/* All sums of a channel by \multiplier, \power and zero point r12. */
  .macro SCALE_ALL positions, fast, multiplier, power, a, b, c, d
  smmulr \a, \a, \multiplier
  smmulr \b, \b, \multiplier
  smmulr \c, \c, \multiplier
  .if \positions == 4
  smmulr \d, \d, \multiplier
  .endif
  .if !\fast
  add \a, \a, \a, asr #31
  add \b, \b, \b, asr #31
  add \c, \c, \c, asr #31
  .if \positions == 4
  add \d, \d, \d, asr #31
  .endif
  .endif
  smmlsr \a, \a, \power, r12
  smmlsr \b, \b, \power, r12
  smmlsr \c, \c, \power, r12
  .if \positions == 4
  smmlsr \d, \d, \power, r12
  .endif
  ssat \a, #8, \a
  ssat \b, #8, \b
  ssat \c, #8, \c
  .if \positions == 4
  ssat \d, #8, \d
  .endif
  .endm

/* void f(const lf_m4_job *job); \fast: zero point -128, where halves of negative values do not matter. */
  .macro POINTS name, positions, fast
  FUNCTION \name
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  ldr r1, [r0, #JOB_OUT_PITCH]
  ldr r2, [r0, #JOB_TABLE_END]
  ldr r3, [r0, #JOB_ZERO]
  ldr r4, [r0, #JOB_TILE]
  ldr r5, [r0, #JOB_STEPS]
  strd r1, r2, [sp, #OUT_PITCH]
  strd r3, r4, [sp, #ZERO]
  .if \positions == 4
  add r4, r4, r5, lsl #4
  .else
  add r6, r5, r5, lsl #1
  add r4, r4, r6, lsl #2
  .endif
  str r4, [sp, #TILE_END]
  /* behind the first pair of steps the first round has up to UNROLLED, the others all */
  lsrs r5, r5, #1
  adr.w r3, 9f
  subs r5, r5, #1
  beq 1f
  subs r5, r5, #1
  and r5, r5, #UNROLLED - 1
  adds r5, r5, #1
  movs r2, #(9f - 4f) / UNROLLED
  mls r3, r5, r2, r3
1:
  adds r3, r3, #1
  ldr r1, [r0, #JOB_IN]
  strd r3, r1, [sp, #ENTRY]
  ldr r1, [r0, #JOB_OUT]
  ldr r2, [r0, #JOB_CHANNELS]
  add r1, r1, r2
  subs r1, r1, #2
  ldr r2, [r0, #JOB_GROUPS]
  strd r1, r2, [sp, #NEXT_OUT]
  str r0, [sp, #JOB]

2: /* next run: widen the windows of its positions */
  ldr.w r12, [sp, #JOB]
  ldr r0, [sp, #NEXT_IN]
  ldr.w r1, [r12, #JOB_PITCH]
  ldr.w lr, [sp, #TILE_END]
  lsl r2, r1, #1
  .if \positions == 4
  add r3, r0, r1, lsl #2
  str r3, [sp, #NEXT_IN]
  add r3, r1, r2
  .else
  add r3, r1, r2
  add r3, r3, r0
  str r3, [sp, #NEXT_IN]
  .endif
  ldr.w r12, [sp, #TILE]
  .balign 4
3:
  ldr r4, [r0]
  ldr r5, [r0, r1]
  ldr r6, [r0, r2]
  .if \positions == 4
  ldr r7, [r0, r3]
  sxtb16 r11, r7
  .endif
  sxtb16 r8, r4
  sxtb16 r9, r5
  sxtb16 r10, r6
  .if \positions == 4
  stm r12!, {r8-r11}
  sxtb16 r11, r7, ror #8
  .else
  stm r12!, {r8-r10}
  .endif
  sxtb16 r8, r4, ror #8
  sxtb16 r9, r5, ror #8
  sxtb16 r10, r6, ror #8
  adds r0, r0, #4
  .if \positions == 4
  stm r12!, {r8-r11}
  .else
  stm r12!, {r8-r10}
  .endif
  cmp r12, lr
  bne 3b

  /* outputs of the run, written from the last channels to the first */
  ldr r0, [sp, #NEXT_OUT]
  ldr r1, [sp, #OUT_PITCH]
  ldr.w r12, [sp, #JOB]
  str r0, [sp, #OUT]
  .if \positions == 4
  add r0, r0, r1, lsl #2
  .else
  add r0, r0, r1, lsl #1
  add r0, r0, r1
  .endif
  ldr.w lr, [r12, #JOB_TABLE]
  str r0, [sp, #NEXT_OUT]

  .balign 4
5: /* next channel pair */
  ldr.w r12, [sp, #TILE]
  .if \positions == 4
  ldr.w r3, [lr], #4
  ldr.w r7, [lr], #4
  POINTS_STEP 4, r3, r3, r3, r3, r7, r7, r7, r7
  .else
  ldr.w r2, [lr], #4
  ldr.w r6, [lr], #4
  POINTS_STEP 3, r2, r2, r2, r2, r6, r6, r6, r6
  .endif
  POINTS_STEP \positions
  ldr.w r8, [sp, #ENTRY]
  bx r8
  .balign 4
4:
  .rept UNROLLED
  POINTS_STEP \positions
  POINTS_STEP \positions
  .endr
9:
  ldr.w r8, [sp, #TILE_END]
  cmp r12, r8
  bne.w 4b
  ldr.w r8, [lr], #4
  ldr.w r9, [lr], #4
  ldr.w r10, [lr], #4
  ldr.w r11, [lr], #4
  ldr.w r12, [sp, #ZERO]
  SCALE_ALL \positions, \fast, r8, r9, r0, r1, r2, r3
  SCALE_ALL \positions, \fast, r10, r11, r4, r5, r6, r7
  ldr.w r8, [sp, #OUT]
  ldr.w r9, [sp, #OUT_PITCH]
  ldr.w r10, [sp, #END]
  bfi r0, r4, #8, #8
  bfi r1, r5, #8, #8
  bfi r2, r6, #8, #8
  add r11, r8, r9
  add r12, r8, r9, lsl #1
  strh.w r0, [r8], #-2
  strh.w r1, [r11]
  .if \positions == 4
  bfi r3, r7, #8, #8
  add r11, r12, r9
  strh.w r2, [r12]
  strh.w r3, [r11]
  .else
  strh.w r2, [r12]
  .endif
  str.w r8, [sp, #OUT]
  cmp lr, r10
  bne.w 5b
  END_RUNS \name, 2b, LEFT, FRAME
  .endm

  POINTS lf_m4_points, 4, 0
  POINTS lf_m4_points_fast, 4, 1
  POINTS lf_m4_points_three, 3, 0
