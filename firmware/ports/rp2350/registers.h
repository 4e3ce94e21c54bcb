/**
 * RP2350 registers used by this port. Addresses and fields: RP2350 data sheet, and the register headers of raspberrypi/pico-sdk, commit a1438dff
 * (src/rp2350/hardware_regs).
 */
#pragma once

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
/* Atomic aliases (2.1.3). */
#define SET_BITS(address, bits) (REGISTER((address) + 0x2000u) = (bits))
#define CLEAR_BITS(address, bits) (REGISTER((address) + 0x3000u) = (bits))

/* SYSCFG */
#define SYSCFG_MEMPOWERDOWN 0x40008010u
#define MEMPOWERDOWN_USB (1u << 10)

/* CLOCKS */
#define CLK_REF_CTRL 0x40010030u
#define CLK_REF_SELECTED 0x40010038u
#define CLK_SYS_CTRL 0x4001003cu
#define CLK_SYS_DIV 0x40010040u
#define CLK_SYS_SELECTED 0x40010044u
#define CLK_PERI_CTRL 0x40010048u
#define CLK_REF_FROM_XOSC 2u
/* CLK_SYS_CTRL: bit 0 chooses between reference and auxiliary source, without a glitch; bits 7:5 the auxiliary source, with one. */
#define CLK_SYS_FROM_REF 0u
#define CLK_SYS_FROM_AUX 1u
#define CLK_SYS_AUX_MASK (7u << 5)
#define CLK_SYS_DIV_ONE (1u << 16)
#define CLK_PERI_ENABLE (1u << 11)
#define CLK_PERI_ENABLED (1u << 28)
#define CLK_PERI_FROM_PLL_USB (2u << 5)
#define CLK_PERI_FROM_XOSC (4u << 5)
/* What is clocked while both cores are in deep sleep; core 1 is, in the boot ROM. */
#define SLEEP_EN0 0x400100b4u
#define SLEEP_EN1 0x400100b8u
#define SLEEP_EN0_POWMAN (3u << 23) /* reference and bus clock */
#define SLEEP_EN1_TICKS (3u << 17) /* reference and bus clock */
#define SLEEP_EN1_TIMER0 (1u << 19)
#define SLEEP_EN1_UART0 (3u << 22) /* line and bus clock */

/* PSM */
#define PSM_WDSEL 0x40018008u
#define PSM_ALL_BUT_OSCILLATORS 0x01fffff3u

/* RESETS */
#define RESETS_RESET 0x40020000u
#define RESETS_DONE 0x40020008u
#define RESET_IO_BANK0 (1u << 6)
#define RESET_PADS_BANK0 (1u << 9)
#define RESET_PLL_SYS (1u << 14)
#define RESET_PLL_USB (1u << 15)
#define RESET_SYSCFG (1u << 20)
#define RESET_TIMER0 (1u << 23)
#define RESET_UART0 (1u << 26)

/* IO_BANK0, PADS_BANK0 */
#define GPIO_CTRL(pin) (0x40028004u + 8u * (pin))
#define GPIO_FUNCTION_UART 2u
#define GPIO_FUNCTION_SIO 5u
#define PAD(pin) (0x40038004u + 4u * (pin))
#define PAD_ISOLATED (1u << 8)
#define PAD_INPUT_ENABLE (1u << 6)
#define PAD_DRIVE_4MA (1u << 4)
#define PAD_PULL_UP (1u << 3)
#define PAD_SCHMITT (1u << 1)

/* XOSC, PLLs */
#define XOSC_CTRL 0x40048000u
#define XOSC_STATUS 0x40048004u
#define XOSC_STARTUP 0x4004800cu
#define XOSC_STABLE (1u << 31)
#define XOSC_ENABLE_1_15MHZ ((0xfabu << 12) | 0xaa0u)
#define PLL_SYS 0x40050000u
#define PLL_USB 0x40058000u
#define PLL_CS 0x0u
#define PLL_PWR 0x4u
#define PLL_FBDIV 0x8u
#define PLL_PRIM 0xcu
#define PLL_CS_LOCK (1u << 31)
#define PLL_PWR_ALL_DOWN 0x2du
#define PLL_PWR_VCO_ON 0x0cu /* DSMPD stays set: integer mode; post dividers still down */
#define PLL_PWR_ON 0x04u

#define UART0 0x40070000u
#define UART0_CR 0x40070030u
#define UART0_IRQ 33u

/* TIMER0 */
#define TIMER_ALARM0 0x400b0010u
#define TIMER_ALARM1 0x400b0014u
#define TIMER_ARMED 0x400b0020u
#define TIMER_RAW_LOW 0x400b0028u
#define TIMER_INTR 0x400b003cu
#define TIMER_INTE 0x400b0040u
#define TIMER_IRQ 0u
#define TIMER_IRQ_1 1u

/* WATCHDOG: LOAD counts whole microseconds here */
#define WATCHDOG_CTRL 0x400d8000u
#define WATCHDOG_TRIGGER (1u << 31)
#define WATCHDOG_ENABLE (1u << 30)
/* LOAD of a full watchdog. 16.8 s at most; half of it leaves a debugger time and hangs a bench no longer than a Pico does. */
#define WATCHDOG_FULL 8000000u
#define WATCHDOG_LOAD 0x400d8004u
#define WATCHDOG_REASON 0x400d8008u
#define WATCHDOG_REASON_TIMER (1u << 0)
#define WATCHDOG_REASON_FORCE (1u << 1)
#define WATCHDOG_SCRATCH0 0x400d800cu

/* ROSC */
#define ROSC_CTRL 0x400e8000u
#define ROSC_STATUS 0x400e801cu
#define ROSC_STABLE (1u << 31)
#define ROSC_ENABLE ((0xfabu << 12) | 0xaa0u) /* range as after reset */
#define ROSC_DISABLE ((0xd1eu << 12) | 0xaa0u)

/* POWMAN: every write needs the password in its upper half */
#define POWMAN_PASSWORD 0x5afe0000u
#define POWMAN_VREG_CTRL 0x40100004u
#define VREG_CTRL_KEEP 0x8170u /* not in reset, voltage limit, temperature limit: as they are */
#define VREG_CTRL_UNLOCK (1u << 13)
#define POWMAN_VREG_STS 0x40100008u
#define VREG_STS_OK (1u << 4)
#define POWMAN_VREG 0x4010000cu
#define VREG_UPDATING (1u << 15)
#define POWMAN_BOD 0x4010001cu
#define BOD_ENABLE 1u

/* TICKS */
#define TICKS_CTRL(unit) (0x40108000u + 12u * (unit))
#define TICKS_CYCLES(unit) (0x40108004u + 12u * (unit))
#define TICKS_TIMER0 2u
#define TICKS_WATCHDOG 4u
#define TICKS_ENABLE 1u
#define TICKS_RUNNING 2u

/* SIO */
#define SIO_GPIO_IN 0xd0000004u
#define SIO_GPIO_OUT 0xd0000010u
#define SIO_GPIO_OUT_SET 0xd0000018u
#define SIO_GPIO_OUT_CLEAR 0xd0000020u
#define SIO_GPIO_OUT_XOR 0xd0000028u
#define SIO_GPIO_OE_SET 0xd0000038u

/* Cortex-M33 (Armv8-M architecture reference manual) */
#define NVIC_WORDS 2u
#define NVIC_ENABLE 0xe000e100u
#define NVIC_DISABLE 0xe000e180u
#define NVIC_UNPEND 0xe000e280u
#define SCR 0xe000ed10u
#define SCR_SLEEPDEEP (1u << 2)
#define DEMCR 0xe000edfcu
#define DEMCR_TRCENA (1u << 24)
#define DWT_CTRL 0xe0001000u
#define DWT_CYCCNT 0xe0001004u
#define DWT_CYCCNTENA 1u
