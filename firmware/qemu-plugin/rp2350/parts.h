/*
 * Registers of the RP2350 that a program on its Arm core 0 needs, with the rules that software must keep. Written from the RP2350 data sheet, the register
 * headers of raspberrypi/pico-sdk (src/rp2350/hardware_regs, commit a1438dff) and the orders of its drivers, not from the port that it checks. Knows
 * nothing of QEMU. The chip's parts, as they see each other: `*_read` and `*_write` return false for registers that are not theirs.
 */
#ifndef LITTLEFIRST_RP2350_PARTS_H
#define LITTLEFIRST_RP2350_PARTS_H

#include "../chip.h"

enum { IRQ_TIMER0 = 0, IRQ_UART0 = 33, TIMER_ALARMS = 4 };
/* Why the chip starts, as the machine is told: bits of WATCHDOG.REASON, and two that are none of them. */
enum { REASON_TIMER = 1 << 0, REASON_FORCE = 1 << 1, REASON_POWER = 1 << 8, REASON_PIN = 1 << 9, REASON_SYSTEM = 1 << 10 };

struct rp_chip {
  const struct chip_machine *machine;
};
extern struct rp_chip rp_chip;

_Noreturn void rp_broken(const char *rule, uint32_t address);
void rp_interrupts(void);
/* `now` with bits set, cleared or turned, as the alias of a register says that was written to (data sheet 2.1.3). */
uint32_t rp_changed(uint32_t now, uint32_t address, uint32_t value);

/* boot.c: where the boot ROM finds the vector table of the image, which it must be able to start. */
uint32_t rp_boot(void);

/* CLOCKS, XOSC, ROSC and both PLLs. Hertz of a clock: 0 while it stands still. */
void rp_clocks_reset(void);
bool rp_clocks_read(uint32_t address, uint32_t *value);
bool rp_clocks_write(uint32_t address, uint32_t value);
uint32_t rp_system_hertz(void);
uint32_t rp_reference_hertz(void);
uint32_t rp_peripheral_hertz(void);
bool rp_ring_oscillator_runs(void);
/* Bits of SLEEP_EN0 (0) and SLEEP_EN1 (1). */
bool rp_clocked_in_sleep(unsigned word, uint32_t bits);
/* The core voltage is another one: is the system's clock one that it bears? */
void rp_check_speed(void);

/* oscillators.c, for CLOCKS: hertz that the crystal, the ring oscillator and the PLLs give, 0: none or none yet. */
void rp_oscillators_reset(void);
bool rp_oscillators_read(uint32_t address, uint32_t *value);
bool rp_oscillators_write(uint32_t address, uint32_t value);
uint32_t rp_crystal(void);
uint32_t rp_ring(void);
uint32_t rp_pll(bool usb);
/* A source is about to stop: ends the run if a clock is fed by it. */
enum rp_source { SOURCE_RING, SOURCE_CRYSTAL, SOURCE_PLL_SYS, SOURCE_PLL_USB };
void rp_need_unused(enum rp_source source, const char *rule, uint32_t address);

/* power.c: POWMAN's regulator and brown-out detector, RESETS, PSM.WDSEL, SYSCFG. */
void rp_power_reset(bool all);
bool rp_power_read(uint32_t address, uint32_t *value);
bool rp_power_write(uint32_t address, uint32_t value);
uint32_t rp_millivolts(void);
bool rp_watchdog_resets_system(void);
/* Ends the run if the block that holds an address is in reset. */
void rp_need_released(uint32_t address);

void rp_pads_reset(void);
bool rp_pads_read(uint32_t address, uint32_t *value);
bool rp_pads_write(uint32_t address, uint32_t value);
/* Whether a pad serves a function, not isolated. */
bool rp_pad_serves(unsigned pad, unsigned function);
bool rp_pad_hears(unsigned pad);

/* TICKS, TIMER0 and WATCHDOG. */
void rp_timer_reset(unsigned reason);
/* RESETS puts TIMER0 into reset. */
void rp_timer_block_reset(void);
bool rp_timer_read(uint32_t address, uint32_t *value);
bool rp_timer_write(uint32_t address, uint32_t value);
bool rp_timer_wants_interrupt(unsigned alarm);
void rp_timer_tick(void);
/* Nanoseconds until an alarm asks for an interrupt that ends a WFI; UINT64_MAX: never. */
uint64_t rp_timer_left(void);
uint64_t rp_watchdog_end(void);

void rp_uart_reset(void);
bool rp_uart_read(uint32_t address, uint32_t *value);
bool rp_uart_write(uint32_t address, uint32_t value);
bool rp_uart_wants_interrupt(void);
bool rp_uart_is_on(void);
unsigned rp_uart_room(void);
void rp_uart_receive(uint8_t byte);
unsigned rp_uart_unread(void);

#endif
