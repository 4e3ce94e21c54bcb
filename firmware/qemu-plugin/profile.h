/*
 * Where the cycles go: sums by range of addresses, one line for each stretch between two stores to the marker words.
 * For `exact`, which sees every instruction.
 */
#ifndef LITTLEFIRST_PROFILE_H
#define LITTLEFIRST_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * @param ranges file of ascending hexadecimal addresses, one a line: where each range begins and the one before ends
 * @param out file of the lines, `<marker that ends the stretch> <range>:<cycles> ...`; ranges are counted from 0
 * @return false after saying why on standard error
 */
bool profile_open(const char *ranges, const char *out);

/** Charges the cycles since the last call to the instruction at `pc`. @param cycles so far, in all */
void profile_charge(uint32_t pc, int64_t cycles);

/** A store to the marker words, charged already. */
void profile_marker(unsigned marker);

#endif
