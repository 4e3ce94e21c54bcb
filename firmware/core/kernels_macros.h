/** Assembler macros that the kernels of several cores share. */
#ifndef LF_KERNELS_MACROS_H
#define LF_KERNELS_MACROS_H

/* Begins a function in a section of its own; `.size \name, . - \name` ends it. */
  .macro FUNCTION name
  .global \name
  .type \name, %function
  .section .text.\name, "ax", %progbits
  .balign 4
\name:
  .endm

/* Ends a kernel of several runs: goes back to \next while the word at \left, counted down, is not zero; else returns. */
  .macro END_RUNS name, next, left, frame
  ldr r0, [sp, #\left]
  subs r0, r0, #1
  str r0, [sp, #\left]
  bne.w \next
  add sp, sp, #\frame
  pop {r4-r11, pc}
  .size \name, . - \name
  .endm

/*
 * Register tile of 4 words x 2 output channels: r0-r3 accumulate the first channel, r4-r7 the second, r8 and r9 hold
 * weights, r10 and r11 activations, r12 walks through the tile. \multiply: MLA or SMLAD.
 */
  .macro MULTIPLY_TWO multiply, a, b, c, d
  ldr.w r10, [r12], #4
  ldr.w r11, [r12], #4
  \multiply \a, r10, r8, \a
  \multiply \c, r10, r9, \c
  \multiply \b, r11, r8, \b
  \multiply \d, r11, r9, \d
  .endm

  .macro MULTIPLY_FOUR multiply
  MULTIPLY_TWO \multiply, r0, r1, r4, r5
  MULTIPLY_TWO \multiply, r2, r3, r6, r7
  .endm

/* \a = max(\a, \b) */
  .macro LARGER a, b
  cmp \a, \b
  it lt
  movlt \a, \b
  .endm

/* \a = min(\a, \b) */
  .macro SMALLER a, b
  cmp \a, \b
  it gt
  movgt \a, \b
  .endm

#endif
