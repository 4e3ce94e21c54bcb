/** The core's instructions, as the model plays them. */
#pragma once

#include <stdint.h>

uint32_t cpu_mask_interrupts(void);
void cpu_restore_interrupts(uint32_t primask);
void cpu_enable_interrupts(void);
void cpu_wait_for_interrupt(void);
void cpu_request_reset(void);
