/**
 * nRF52840 registers used by this port: addresses, fields, values and interrupt numbers as in Nordic's MDK (bsp/stable/mdk/nrf52840.svd, nrf52840.h and
 * nrf52840_bitfields.h of NordicSemiconductor/nrfx, commit aa83d4df).
 */
#pragma once

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
enum { TRIGGER = 1, CLEAR_EVENT = 0 };

/* FICR, UICR */
#define FICR_CODEPAGESIZE 0x10000010u
#define FICR_CODESIZE 0x10000014u
#define FICR_PART 0x10000100u
#define FICR_RAM 0x1000010cu
#define UICR_APPROTECT 0x10001208u
enum { PART_NRF52840 = 0x52840, KILOBYTE = 1024 };

/* CLOCK */
#define CLOCK_HFCLKSTART 0x40000000u
#define CLOCK_LFCLKSTART 0x40000008u
#define CLOCK_HFCLKSTAT 0x4000040cu
#define CLOCK_LFCLKRUN 0x40000414u
#define CLOCK_LFCLKSRC 0x40000518u
enum { HFCLK_CRYSTAL_RUNS = 1 << 16 | 1, LFCLKSRC_CRYSTAL = 1 };

/* POWER, APPROTECT */
#define POWER_LOWPWR 0x4000007cu
#define POWER_RESETREAS 0x40000400u
#define POWER_DCDCEN 0x40000578u
#define APPROTECT_DISABLE 0x40000558u
enum { RESETREAS_PIN = 1 << 0, RESETREAS_WATCHDOG = 1 << 1, RESETREAS_LOCKUP = 1 << 3 };

/* UART0, without EasyDMA */
#define UART_STARTRX 0x40002000u
#define UART_STARTTX 0x40002008u
#define UART_RXDRDY 0x40002108u
#define UART_TXDRDY 0x4000211cu
#define UART_INTENSET 0x40002304u
#define UART_INTENCLR 0x40002308u
#define UART_ENABLE 0x40002500u
#define UART_PSEL_RTS 0x40002508u
#define UART_PSEL_TXD 0x4000250cu
#define UART_PSEL_CTS 0x40002510u
#define UART_PSEL_RXD 0x40002514u
#define UART_RXD 0x40002518u
#define UART_TXD 0x4000251cu
#define UART_BAUDRATE 0x40002524u
#define UART_CONFIG 0x4000256cu
enum { UART_ENABLED = 4, UART_DISABLED = 0, INT_RXDRDY = 1 << 2, INT_TXDRDY = 1 << 7, CONFIG_8N1 = 0 };
#define PSEL_NONE 0xffffffffu

/* TIMER0: the count is read by a capture into CC[1] */
#define TIMER_START 0x40008000u
#define TIMER_CAPTURE1 0x40008044u
#define TIMER_COMPARE0 0x40008140u
#define TIMER_INTENSET 0x40008304u
#define TIMER_INTENCLR 0x40008308u
#define TIMER_MODE 0x40008504u
#define TIMER_BITMODE 0x40008508u
#define TIMER_PRESCALER 0x40008510u
#define TIMER_CC0 0x40008540u
#define TIMER_CC1 0x40008544u
enum { TIMER_MODE_TIMER = 0, BITMODE_32 = 3, PRESCALER_1MHZ = 4, INT_COMPARE0 = 1 << 16 };

/* WDT */
#define WDT_START 0x40010000u
#define WDT_RUNSTATUS 0x40010400u
#define WDT_CRV 0x40010504u
#define WDT_RREN 0x40010508u
#define WDT_CONFIG 0x4001050cu
#define WDT_RR0 0x40010600u
enum { WDT_RELOAD = 0x6e524635, WDT_RR0_ENABLED = 1, WDT_PAUSED_ASLEEP_AND_HALTED = 0 };

/* NVMC */
#define NVMC_ICACHECNF 0x4001e540u
enum { ICACHE_ENABLED = 1 };

/* P0 */
#define P0_OUT 0x50000504u
#define P0_OUTSET 0x50000508u
#define P0_PIN_CNF(pin) (0x50000700u + 4u * (pin))
/* Output: input buffer off. Input with pull-up. */
enum { CNF_OUTPUT = 1 | 1 << 1, CNF_INPUT_PULL_UP = 3 << 2 };

/* Cortex-M4 (DDI 0403) */
#define DEMCR 0xe000edfcu
#define DWT_CTRL 0xe0001000u
#define DWT_CYCCNT 0xe0001004u
enum { DEMCR_TRCENA = 1 << 24, DWT_CYCCNTENA = 1 << 0 };
enum { UART0_IRQ = 2, TIMER0_IRQ = 8 };
