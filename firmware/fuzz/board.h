/** A board whose line is a fuzzer's input. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Puts everything that the firmware remembers back as it is when a board starts. */
void board_power_on(void);

/** What flash holds from now on; 0 bytes: nothing. */
void board_flash(const uint8_t *blob, size_t bytes);

/**
 * Starts the firmware and sends it these bytes, then what ends any command or stream, then a command that every state must answer.
 * Ends the process when the firmware says no more, or ends a line that is not text.
 */
void board_talk(const uint8_t *bytes, size_t count, bool energy_regime);
