/** Lines of text into the link's transmit ring, with the CRC that every `lf` line carries. */
#pragma once

#include <stdint.h>

void text_char(char c);
void text(const char *string);
/** A field of a fixed size that may lack its NUL. */
void text_field(const char *bytes, uint32_t size);
void text_unsigned(uint32_t value);
void text_unsigned64(uint64_t value);
/** `digits` lower-case hex digits, leading zeros kept; 0 digits: as many as needed. */
void text_hex(uint32_t value, unsigned digits);
/** The first `count` bytes as lower-case hex. */
void text_bytes_hex(const uint8_t *bytes, uint32_t count);

/** ` key=` */
void text_key(const char *key);

/** Ends a line with CR LF and sends it. Every line must end by this or by `text_end_checked`. */
void text_end(void);
/** Ends a line with ` *HHHH` CR LF. */
void text_end_checked(void);
