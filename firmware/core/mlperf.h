/** The MLPerf Tiny DUT API (firmware/PROTOCOL.md, "Base"). */
#pragma once

#include <stdbool.h>

/** Says `m-reset-[<why>]` when it was neither power nor the reset pin that started the board. */
void mlperf_reset_reason(void);

/** A time stamp of the energy regime: a pulse on a pin; nothing in the other. */
void mlperf_pulse(void);

/** What a board says when it starts. */
void mlperf_banner(void);

/** Runs one command; `rest` is what follows its first word. @return false when the command is not one of these */
bool mlperf_command(const char *command, char *rest);
