/** Macros of the Cortex-M3 kernels for what begins a run: rows of the input to words of two positions, the output's address. */
#ifndef LF_KERNELS_M3_RUN_H
#define LF_KERNELS_M3_RUN_H

#include "kernels_m3_finish.h"
#include "kernels_packed_job.h"

/* Two rows in one word. */
  .macro PAIR_ROWS a, b
  add \a, \a, \b, lsl #16
  .endm

/*
 * The words of rows r and r + 1 of a channel, r = 0..8, for a filter of 3 at stride 1, in three parts; between them the
 * caller stores what a part made. r0: row 0, r1: row 5, r2: pitch, r3: 3 * pitch.
 */
  .macro LOAD_ROWS_0_TO_3
  ldrsb.w r7, [r0]
  ldrsb.w r8, [r0, r2]
  ldrsb.w r9, [r0, r2, lsl #1]
  ldrsb.w r10, [r0, r3]
  .endm

/* r7, r8, r9: words 0 to 2; row 3 is still in r10. */
  .macro WORDS_0_TO_2
  PAIR_ROWS r7, r8
  PAIR_ROWS r8, r9
  PAIR_ROWS r9, r10
  .endm

/* r10, r7, r8: words 3 to 5; row 6 is still in r9. */
  .macro WORDS_3_TO_5
  ldrsb.w r7, [r0, r2, lsl #2]
  ldrsb.w r8, [r1]
  ldrsb.w r9, [r0, r3, lsl #1]
  PAIR_ROWS r10, r7
  PAIR_ROWS r7, r8
  PAIR_ROWS r8, r9
  .endm

/* r9, r10, r7: words 6 to 8. */
  .macro WORDS_6_TO_8
  ldrsb.w r10, [r1, r2, lsl #1]
  ldrsb.w r7, [r0, r2, lsl #3]
  ldrsb.w r8, [r1, r2, lsl #2]
  PAIR_ROWS r9, r10
  PAIR_ROWS r10, r7
  PAIR_ROWS r7, r8
  .endm

/* The run's output address to the frame, and the next one's; lr: table. */
  .macro BEGIN_OUTPUT
  ldr.w lr, [sp, #JOB]
  ldr r0, [sp, #NEXT_OUT]
  ldr.w r1, [lr, #JOB_OUT_STEP]
  ldr.w lr, [lr, #JOB_TABLE]
  str r0, [sp, #OUT]
  add r0, r0, r1
  str r0, [sp, #NEXT_OUT]
  .endm

/* lr to the next word of the table. */
  .macro ALIGN_STREAM
  add lr, lr, #3
  bic lr, lr, #3
  .endm

#endif
