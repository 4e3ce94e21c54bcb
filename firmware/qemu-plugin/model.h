/*
 * Cycle costs of Cortex-M0+, M3, M4 and M33 instructions with zero-wait-state memory, each with an optimistic and a
 * pessimistic bound. README.md lists the rules and where each comes from.
 */
#ifndef LITTLEFIRST_MODEL_H
#define LITTLEFIRST_MODEL_H

#include "decode.h"

/** Arm publishes no times of the M33's instructions: it is counted as an M4 (README.md). */
enum core { CORE_M0PLUS, CORE_M3, CORE_M4, CORE_M33 };

/**
 * Cycles: best estimate, optimistic, pessimistic. `early` is the part of `high - low` that operands decide: long multiplications and
 * divisions that end early. `fetches*` count what each flash wait state multiplies.
 */
struct cost {
  int64_t best, low, high, early;
  int64_t fetches, fetches_high;
};

static inline void add_cost(struct cost *sum, const struct cost *term) {
  sum->best += term->best;
  sum->low += term->low;
  sum->high += term->high;
  sum->early += term->early;
  sum->fetches += term->fetches;
  sum->fetches_high += term->fetches_high;
}

static inline struct cost difference(struct cost a, const struct cost *b) {
  a.best -= b->best;
  a.low -= b->low;
  a.high -= b->high;
  a.early -= b->early;
  a.fetches -= b->fetches;
  a.fetches_high -= b->fetches_high;
  return a;
}

/** Chooses the core whose table the functions below use, and the flash geometry of the wait-state rule. */
void model_configure(enum core core, uint32_t flash_end, uint32_t flash_line_bytes);

/**
 * Cost of an executed instruction without its branch penalty.
 * @param before the instruction executed directly before it, or NULL after a taken branch, exception or reset
 */
struct cost model_executed(const struct instruction *before, const struct instruction *insn);

/** Cost of a conditional load or store whose condition failed. */
struct cost model_skipped(const struct instruction *insn);

/** Penalty of the taken branch `insn`. */
struct cost model_taken(const struct instruction *insn);

/** Exception entry, return, and entry directly behind a return (tail chaining). */
struct cost model_exception_entry(void);
struct cost model_exception_return(void);
struct cost model_exception_tail_chain(void);

#endif
