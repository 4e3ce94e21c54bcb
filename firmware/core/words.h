/** Splitting a command into its words. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** The next word of `*cursor` (separated by spaces), NUL-terminated in place; 0 when there is none. */
char *words_next(char **cursor);

bool words_equal(const char *a, const char *b);

/** A decimal number up to 2^32 - 1 and nothing else. */
bool words_unsigned(const char *word, uint32_t *value);

/** What C's atoi gives: optional blanks and sign, digits, the rest ignored; 0 without digits. */
int32_t words_atoi(const char *word);

/** Value of a hex digit, or -1. */
int words_hex_digit(char c);
