/** RP2040 registers used by this port. Addresses and fields: RP2040 datasheet, chapter 2. */
#pragma once

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
/* Atomic aliases (2.1.2). */
#define SET_BITS(address, bits) (REGISTER((address) + 0x2000u) = (bits))
#define CLEAR_BITS(address, bits) (REGISTER((address) + 0x3000u) = (bits))

#define CLK_REF_CTRL 0x40008030u
#define CLK_REF_SELECTED 0x40008038u
#define CLK_SYS_CTRL 0x4000803cu
#define CLK_SYS_DIV 0x40008040u
#define CLK_SYS_SELECTED 0x40008044u
#define CLK_PERI_CTRL 0x40008048u
#define CLK_USB_CTRL 0x40008054u
#define CLK_USB_ENABLE (1u << 11) /* from PLL_USB */
/* What is clocked while both cores are in deep sleep (2.11); core 1 is, in the boot ROM. */
#define SLEEP_EN0 0x400080a8u
#define SLEEP_EN1 0x400080acu
#define SLEEP_EN1_TIMER (1u << 5)
#define SLEEP_EN1_UART0 (3u << 6) /* bus and line clock */
#define SLEEP_EN1_WATCHDOG (1u << 12)
#define CLK_REF_FROM_XOSC 2u
#define CLK_SYS_FROM_REF 0u
#define CLK_SYS_FROM_PLL_SYS 1u
#define CLK_PERI_ENABLE (1u << 11)
#define CLK_PERI_FROM_PLL_USB (2u << 5)
#define CLK_PERI_FROM_XOSC (4u << 5)

#define RESETS_RESET 0x4000c000u
#define RESETS_DONE 0x4000c008u
#define RESET_IO_BANK0 (1u << 5)
#define RESET_PADS_BANK0 (1u << 8)
#define RESET_PLL_SYS (1u << 12)
#define RESET_PLL_USB (1u << 13)
#define RESET_TIMER (1u << 21)
#define RESET_UART0 (1u << 22)
#define RESET_USB (1u << 24)

#define PSM_WDSEL 0x40010008u
#define PSM_ALL_BUT_OSCILLATORS 0x0001fffcu

#define GPIO_CTRL(pin) (0x40014004u + 8u * (pin))
#define GPIO_FUNCTION_UART 2u
#define GPIO_FUNCTION_SIO 5u
#define PAD(pin) (0x4001c004u + 4u * (pin))
#define PAD_INPUT_ENABLE (1u << 6)
#define PAD_PULL_UP (1u << 3)
#define PAD_PULL_DOWN (1u << 2)
#define PAD_SCHMITT (1u << 1)

#define SYSCFG_MEMPOWERDOWN 0x40004018u
#define MEMPOWERDOWN_USB (1u << 6)

#define ROSC_CTRL 0x40060000u
#define ROSC_STATUS 0x40060018u
#define ROSC_STABLE (1u << 31)
#define ROSC_ENABLE ((0xfabu << 12) | 0xfa4u)  /* range as after reset */
#define ROSC_DISABLE ((0xd1eu << 12) | 0xfa4u)

#define XOSC_CTRL 0x40024000u
#define XOSC_STATUS 0x40024004u
#define XOSC_STARTUP 0x4002400cu
#define XOSC_STABLE (1u << 31)
#define XOSC_ENABLE_1_15MHZ ((0xfabu << 12) | 0xaa0u)

#define PLL_SYS 0x40028000u
#define PLL_USB 0x4002c000u
#define PLL_CS 0x0u
#define PLL_PWR 0x4u
#define PLL_FBDIV 0x8u
#define PLL_PRIM 0xcu
#define PLL_CS_LOCK (1u << 31)
#define PLL_PWR_ALL_DOWN 0x2du
#define PLL_PWR_VCO_ON 0x0cu /* DSMPD stays set: integer mode; post dividers still down */
#define PLL_PWR_ON 0x04u

#define UART0 0x40034000u
#define UART0_IRQ 20u

#define TIMER_ALARM0 0x40054010u
#define TIMER_ALARM1 0x40054014u
#define TIMER_ARMED 0x40054020u
#define TIMER_RAW_LOW 0x40054028u
#define TIMER_INTR 0x40054034u
#define TIMER_INTE 0x40054038u
#define TIMER_IRQ 0u
#define TIMER_IRQ_1 1u

#define WATCHDOG_CTRL 0x40058000u
#define WATCHDOG_TRIGGER (1u << 31)
#define WATCHDOG_ENABLE (1u << 30)
/* LOAD of a full watchdog: data sheet 4.7.3, 24 bits; it counts down twice a microsecond (erratum RP2040-E1), so 8.3 s at most. */
#define WATCHDOG_FULL 0xffffffu
#define WATCHDOG_LOAD 0x40058004u
#define WATCHDOG_REASON 0x40058008u
#define WATCHDOG_REASON_TIMER (1u << 0)
#define WATCHDOG_REASON_FORCE (1u << 1)
#define WATCHDOG_SCRATCH0 0x4005800cu
#define WATCHDOG_TICK 0x4005802cu
#define WATCHDOG_TICK_ENABLE (1u << 9)

#define VREG 0x40064000u
#define VREG_ENABLE 1u
#define VREG_OK (1u << 12)
#define BROWNOUT 0x40064004u
#define BROWNOUT_ENABLE 1u

/* USB controller (4.1.4) and its dual-port RAM. */
#define USB_RAM 0x50100000u
#define USB_EP_IN(endpoint) (USB_RAM + 8u * (endpoint))
#define USB_EP_OUT(endpoint) (USB_RAM + 8u * (endpoint) + 4u)
#define USB_IN_CONTROL(endpoint) (USB_RAM + 0x80u + 8u * (endpoint))
#define USB_OUT_CONTROL(endpoint) (USB_RAM + 0x84u + 8u * (endpoint))
#define USB_ADDRESS 0x50110000u
#define USB_MAIN_CTRL 0x50110040u
#define USB_SIE_CTRL 0x5011004cu
#define USB_EP0_INTERRUPT (1u << 29)
#define USB_PULLUP (1u << 16)
#define USB_SIE_STATUS 0x50110050u
#define USB_SIE_BUS_RESET (1u << 19)
#define USB_SIE_SETUP (1u << 17)
#define USB_SIE_SUSPENDED (1u << 4)
#define USB_BUFF_STATUS 0x50110058u
#define USB_IN_DONE(endpoint) (1u << 2u * (endpoint))
#define USB_OUT_DONE(endpoint) (2u << 2u * (endpoint))
#define USB_STALL_ARM 0x50110068u
#define USB_MUXING 0x50110074u
#define USB_TO_PHY (1u << 0)
#define USB_SOFTCON (1u << 3)
#define USB_POWER 0x50110078u
#define USB_VBUS_DETECT (1u << 3)
#define USB_VBUS_OVERRIDE (1u << 2)
#define USB_INTE 0x50110090u
#define USB_INTS 0x50110098u
#define USB_INT_SETUP (1u << 16)
#define USB_INT_SUSPEND (1u << 14)
#define USB_INT_BUS_RESET (1u << 12)
#define USB_INT_BUFFERS (1u << 4)
#define USB_IRQ 5u

#define SIO_GPIO_IN 0xd0000004u
#define SIO_GPIO_OUT 0xd0000010u
#define SIO_GPIO_OUT_SET 0xd0000014u
#define SIO_GPIO_OUT_CLEAR 0xd0000018u
#define SIO_GPIO_OUT_XOR 0xd000001cu
#define SIO_GPIO_OE_SET 0xd0000024u

#define NVIC_WORDS 1u
#define NVIC_ENABLE 0xe000e100u
#define NVIC_DISABLE 0xe000e180u
#define NVIC_UNPEND 0xe000e280u
#define SCR 0xe000ed10u
#define SCR_SLEEPDEEP (1u << 2)

#define SYSTICK_CSR 0xe000e010u
#define SYSTICK_RELOAD 0xe000e014u
#define SYSTICK_VALUE 0xe000e018u
