/*
 * Cortex-M4: depthwise convolution with a 3 x 3 filter at stride 1, four channels, two positions at a time. Nine of the twelve words under
 * the two positions serve both.
 *
 * r0-r3 accumulate channels 0, 2, 1, 3 of the first position, r4-r7 of the second; r8 walks through the columns, lr is from a row to the
 * next; r9 holds four activations, r10 two of them widened, r11 and r12 weights. Weights and biases are doubled, see kernels_m4_conv3.S.
 * The table of four channels is copied to the stack, where every weight has a fixed offset: for each tap, column by column, the weights of
 * channels 0 and 2, of 1 and 3; four biases; of each channel multiplier and -2^(32 - shift).
 * Per two positions and four channels: 72 multiply-adds in about 235 cycles. Stack: 156 + 36 bytes.
 */
#include "kernels_m4_job.h"
#include "kernels_m4_macros.h"

#define TAPS 9
#define SHARED 3 /* taps from a position to the next */
#define BIAS (8 * TAPS)
#define SCALES (BIAS + 16)
#define ZERO (SCALES + 32)
#define COLUMN (ZERO + 4) /* bytes from a position to the next */
#define IN (COLUMN + 4)
#define OUT (IN + 4)
#define LEFT (OUT + 4) /* pairs of the row */
#define ROWS (LEFT + 4)
#define JOB (ROWS + 4)
#define FRAME (JOB + 8)

  .syntax unified
  .cpu cortex-m4
  .thumb

/* Two channels of word r10: weights of tap \t for the first position, of tap \t - 3 for the second. */
  .macro HALF t, a, b, c, d
  .if \t < TAPS
  smlabb \a, r10, r11, \a
  smlatt \b, r10, r11, \b
  .endif
  .if \t >= SHARED
  smlabb \c, r10, r12, \c
  smlatt \d, r10, r12, \d
  .endif
  .endm

  .macro WEIGHTS t, at
  .if \t < TAPS
  ldr.w r11, [sp, #8 * (\t) + \at]
  .endif
  .if \t >= SHARED
  ldr.w r12, [sp, #8 * (\t - SHARED) + \at]
  .endif
  .endm

  .macro WORD t
  WEIGHTS \t, 0
  sxtb16 r10, r9
  HALF \t, r0, r1, r4, r5
  WEIGHTS \t, 4
  sxtb16 r10, r9, ror #8
  HALF \t, r2, r3, r6, r7
  .endm

/* Accumulators \a and \b of a channel to byte \byte of the outputs at r12 and r8; r11: zero point. */
  .macro OUTPUT fast, a, b, at, byte
  ldr.w r9, [sp, #SCALES + 8 * \at]
  ldr.w r10, [sp, #SCALES + 8 * \at + 4]
  .if \fast
  smmulr \a, \a, r9
  smmulr \b, \b, r9
  smmlsr \a, \a, r10, r11
  smmlsr \b, \b, r10, r11
  .else
  REQUANTISE \a, r9, r10, r11
  REQUANTISE \b, r9, r10, r11
  .endif
  ssat \a, #8, \a
  ssat \b, #8, \b
  strb.w \a, [r12, #\byte]
  strb.w \b, [r8, #\byte]
  .endm

/* void f(const lf_m4_nine_job *job); \fast: zero point -128, where halves of negative values do not matter. */
  .macro NINE name, fast
  FUNCTION \name
  push {r4-r11, lr}
  sub sp, sp, #FRAME
  mov r12, r0
  ldr r0, [r12, #NINE_TABLE]
  mov r1, sp
  .rept 3
  ldm r0!, {r2-r11}
  stm r1!, {r2-r11}
  .endr
  ldr.w r0, [r12, #NINE_ZERO]
  ldr.w r1, [r12, #NINE_COLUMN]
  ldr.w r2, [r12, #NINE_ROWS]
  strd r0, r1, [sp, #ZERO]
  strd r2, r12, [sp, #ROWS]
  ldr.w r8, [r12, #NINE_IN]
  ldr.w r9, [r12, #NINE_OUT]
  ldr.w lr, [r12, #NINE_ROW]
1: /* next row */
  ldr.w r10, [r12, #NINE_PAIRS]
  strd r8, r9, [sp, #IN]
  str.w r10, [sp, #LEFT]
  .balign 4
2: /* next pair of positions at r8 */
  ldr r0, [sp, #BIAS]
  ldr r1, [sp, #BIAS + 4]
  ldr r2, [sp, #BIAS + 8]
  ldr r3, [sp, #BIAS + 12]
  mov r4, r0
  mov r5, r1
  mov r6, r2
  mov r7, r3
  .set t, 0
  .rept 4
  ldr.w r9, [r8]
  WORD t
  ldr.w r9, [r8, lr]
  WORD (t + 1)
  ldr.w r9, [r8, lr, lsl #1]
  .if t < 9
  ldr.w r10, [sp, #COLUMN]
  add r8, r8, r10
  .endif
  WORD (t + 2)
  .set t, t + 3
  .endr
  ldr.w r12, [sp, #OUT]
  ldr.w r11, [sp, #ZERO]
  ldr.w r10, [sp, #COLUMN]
  add r8, r12, r10
  OUTPUT \fast, r0, r4, 0, 0
  OUTPUT \fast, r1, r5, 1, 2
  OUTPUT \fast, r2, r6, 2, 1
  OUTPUT \fast, r3, r7, 3, 3
  ldr.w r0, [sp, #LEFT]
  ldr.w r12, [sp, #JOB]
  ldr.w r8, [sp, #IN]
  ldr.w r9, [sp, #OUT]
  subs r0, r0, #1
  beq 3f
  /* the last pair of an odd row begins one position earlier */
  ldr.w r1, [r12, #NINE_STEP]
  cmp r0, #1
  it eq
  ldreq.w r1, [r12, #NINE_LAST_STEP]
  str.w r0, [sp, #LEFT]
  add r8, r8, r1
  add r9, r9, r1
  strd r8, r9, [sp, #IN]
  b 2b
3: /* row done */
  ldr.w r0, [sp, #ROWS]
  ldr.w r1, [r12, #NINE_NEXT_IN]
  ldr.w r2, [r12, #NINE_NEXT_OUT]
  subs r0, r0, #1
  str.w r0, [sp, #ROWS]
  add r8, r8, r1
  add r9, r9, r2
  bne.w 1b
  add sp, sp, #FRAME
  pop {r4-r11, pc}
  .size \name, . - \name
  .endm

  NINE lf_m4_nine, 0
  NINE lf_m4_nine_fast, 1
