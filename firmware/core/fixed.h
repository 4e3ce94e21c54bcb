/** Fixed-point functions of the filtered cascade, equal bit for bit to harness/model/cascade/filtered/fixed.ts. Q<n>: n fractional bits. */
#pragma once

#include <stdint.h>

/** log2 of x (at least 1) in Q10. */
uint32_t fixed_log2_q10(uint32_t x);

/** Integer square root, rounded down. */
uint32_t fixed_isqrt(uint32_t x);

/** Logistic function in Q15 of a score in Q8, clamped to -8..8. */
uint32_t fixed_sigmoid_q15(int32_t score_q8);

/** x to the power 1.5 of a share in Q15 (at most 32768), in Q15. */
uint32_t fixed_power1p5_q15(uint32_t x);
