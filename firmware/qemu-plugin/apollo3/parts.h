/* The chip's parts, as they see each other. `*_read` and `*_write` return false for registers that are not theirs. */
#ifndef LITTLEFIRST_APOLLO3_PARTS_H
#define LITTLEFIRST_APOLLO3_PARTS_H

#include "chip.h"

enum { DOMAIN_HCPA = 1 << 2, DOMAIN_HCPB = 1 << 3, DOMAIN_HCPC = 1 << 4 };

struct chip {
  const struct chip_machine *machine;
  uint32_t reset_status;
};
extern struct chip chip;

_Noreturn void chip_broken(const char *rule, uint32_t address);
/* A register without an effect of its own. */
uint32_t chip_plain(uint32_t address);
/* Lets time-outs that have come happen. */
void chip_tick(void);
/* Tells the core which interrupts ask for it now. */
void chip_interrupts(void);

void clocks_reset(void);
bool clocks_read(uint32_t address, uint32_t *value);
bool clocks_write(uint32_t address, uint32_t value);

void memory_reset(void);
bool memory_read(uint32_t address, uint32_t *value);
bool memory_write(uint32_t address, uint32_t value);
uint32_t memory_domains(void);
void memory_deep_sleep(void);

void pads_reset(void);
bool pads_read(uint32_t address, uint32_t *value);
bool pads_write(uint32_t address, uint32_t value);
/* Function of a pad, and whether its input is on. */
unsigned pads_function(unsigned pad);
bool pads_input(unsigned pad);

void timer_reset(void);
bool timer_read(uint32_t address, uint32_t *value);
bool timer_write(uint32_t address, uint32_t value);
bool timer_wants_interrupt(void);
void timer_tick(void);
/* Nanoseconds until it asks for an interrupt; UINT64_MAX: never. */
uint64_t timer_left(void);

void uart_reset(void);
bool uart_read(uint32_t address, uint32_t *value);
bool uart_write(uint32_t address, uint32_t value);
bool uart_wants_interrupt(void);
unsigned uart_room(void);
void uart_receive(uint8_t byte);
unsigned uart_unread(void);

void watchdog_reset(void);
bool watchdog_read(uint32_t address, uint32_t *value);
bool watchdog_write(uint32_t address, uint32_t value);
void watchdog_tick(void);
uint64_t watchdog_end(void);

#endif
