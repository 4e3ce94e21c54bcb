/** Windows in binary frames: streaming, windows kept for the loop, and the loop itself. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/**
 * Runs `lf stream`: returns when the host has ended it.
 * @param tail_bytes bytes of a frame that continues the window before it; 0: every frame holds a whole window
 */
void stream_run(bool quiet, uint32_t tail_bytes);

/** Runs `lf load`: receives one window into ring slot `slot`. */
void stream_load(uint32_t slot);

/** Runs `lf loop`: `windows` windows cycling over the first `count` loaded slots. */
void stream_loop(uint32_t windows, uint32_t count);
