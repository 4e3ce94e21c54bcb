/** Text to the host and the end of the emulation, by semihosting. */
#ifndef LF_TEST_CONSOLE_H
#define LF_TEST_CONSOLE_H

#include <stdint.h>

void put_text(const char *text);
void put_number(const char *before, uint32_t number, const char *after);
_Noreturn void end_emulation(void);

#endif
