/*
 * Tells how control went from one instruction to the next executed one: on, by a taken branch, into an exception or
 * out of one. The plugin interface shows only the addresses that run, so exceptions are inferred from them.
 */
#ifndef LITTLEFIRST_FLOW_H
#define LITTLEFIRST_FLOW_H

#include "model.h"

struct flow {
  struct cost cost;   /* penalty charged for the transition */
  bool sequential;    /* the pipeline goes on: pairing with the instruction before is possible */
  bool repeatable;    /* same answer whenever the same two instructions follow each other */
};

/** Forgets open exceptions, as a reset of the core does. */
void flow_reset(void);

/**
 * @param from the instruction executed last
 * @param to address of the next executed instruction
 */
struct flow flow_between(const struct instruction *from, uint32_t to);

#endif
