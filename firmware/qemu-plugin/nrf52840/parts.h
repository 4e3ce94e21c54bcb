/*
 * Registers of Nordic's nRF52840, with the rules that software must keep. Written from Nordic's SVD file (bsp/stable/mdk/nrf52840.svd of
 * NordicSemiconductor/nrfx, commit aa83d4df) and what its product specification says of each peripheral, not from the port that it checks.
 */
#ifndef LITTLEFIRST_NRF52840_PARTS_H
#define LITTLEFIRST_NRF52840_PARTS_H

#include "../chip.h"

enum { IRQ_UART0 = 2, IRQ_TIMER0 = 8 };
enum { RAM_BASE = 0x20000000, RAM_BYTES = 256 * 1024, CORE_HERTZ = 64000000 };
/* Reads of a status after which a request is granted: software that does not wait must not see it at once. */
enum { GRANTED_AFTER = 3 };

/* Why the chip starts: bits of POWER.RESETREAS; power leaves none. */
enum { RESET_POWER = 0, RESET_PIN = 1 << 0, RESET_DOG = 1 << 1, RESET_SOFT = 1 << 2 };

extern const struct chip_machine *nrf_machine;
_Noreturn void nrf_broken(const char *rule, uint32_t address);

/* What of a register a part is told, when the core has reached it. */
enum touch { TOUCH_READ, TOUCH_WRITTEN, TOUCH_TASK };
/* The register's own word; software's access has passed the rules that `registers.c` knows. */
uint32_t *nrf_register(uint32_t address);
/* Keeps a register over resets that leave its part alone. */
void nrf_registers_reset(bool watchdog_too);
uint32_t nrf_registers_read(uint32_t address);
void nrf_registers_write(uint32_t address, uint32_t value);
void nrf_interrupts(void);

/* Each part: `before` is what the register held. Called before a read and behind a write. */
void nrf_power_reset(unsigned reason);
void nrf_power_touch(enum touch touch, uint32_t address, uint32_t before);
bool nrf_crystal_runs(void);

void nrf_gpio_reset(void);
void nrf_gpio_touch(enum touch touch, uint32_t address, uint32_t before);
bool nrf_gpio_is_output(unsigned pin);
bool nrf_gpio_is_input(unsigned pin);
bool nrf_gpio_is_high(unsigned pin);

void nrf_timer_reset(void);
void nrf_timer_touch(enum touch touch, uint32_t address, uint32_t before);
void nrf_timer_tick(void);
bool nrf_timer_wants_interrupt(void);
/* Nanoseconds until it asks for an interrupt; UINT64_MAX: never. */
uint64_t nrf_timer_left(void);

void nrf_uart_reset(void);
void nrf_uart_touch(enum touch touch, uint32_t address, uint32_t before);
/* The core reaches a register, or waits: address 0. */
void nrf_uart_pass(uint32_t address, bool written);
bool nrf_uart_wants_interrupt(void);
/* The core is about to wait. */
void nrf_uart_rest(void);
unsigned nrf_uart_room(void);
void nrf_uart_receive(uint8_t byte);
unsigned nrf_uart_unread(void);

void nrf_watchdog_reset(void);
void nrf_watchdog_touch(enum touch touch, uint32_t address, uint32_t before);
void nrf_watchdog_tick(void);
uint64_t nrf_watchdog_end(void);
/* The core waits, or no longer. */
void nrf_watchdog_sleep(bool sleeps);

#endif
