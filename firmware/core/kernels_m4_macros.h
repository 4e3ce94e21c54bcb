/** Assembler macros of the Cortex-M4 kernels. */
#ifndef LF_KERNELS_M4_MACROS_H
#define LF_KERNELS_M4_MACROS_H

#include "kernels_macros.h"

/* Accumulator \a, doubled, by multiplier and power as in kernels_m4_conv3.S; halves of negative values are rounded away from zero. */
  .macro REQUANTISE a, multiplier, power, zero
  smmulr \a, \a, \multiplier
  add \a, \a, \a, asr #31
  smmlsr \a, \a, \power, \zero
  .endm

  .macro CLAMP a, low, high
  LARGER \a, \low
  SMALLER \a, \high
  .endm

/* Outputs of a channel pair in front of \at, which goes back by them. */
  .macro PUT_PAIR first, second, at
  strb \second, [\at, #-1]!
  strb \first, [\at, #-1]!
  .endm

#endif
