/** LM3S6965 registers (Texas Instruments data sheet: "System Control", "UART"; SysTick: DDI 0403). */
#pragma once

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

enum { SYSTEM_CONTROL = 0x400fe000, UART0_BASE = 0x4000c000, UART1_BASE = 0x4000d000 };
enum { LDOPCTL = SYSTEM_CONTROL + 0x034, RCC2 = SYSTEM_CONTROL + 0x070, RCGC1 = SYSTEM_CONTROL + 0x104 };
#define RCC2_USE 0x80000000u /* RCC2 overrides RCC */
enum { SYSDIV_SHIFT = 23, SYSDIV_MASK = 63, RCGC1_UART0 = 1, RCGC1_UART1 = 2 };
enum { UART_DR = 0x000, UART_FR = 0x018, UART_RXFE = 1 << 4, UART0_IRQ = 5, UART1_IRQ = 6 };

#define SYSTICK_CSR 0xe000e010u
#define SYSTICK_RELOAD 0xe000e014u
#define SYSTICK_VALUE 0xe000e018u
enum { SYSTICK_ENABLE = 1, SYSTICK_INTERRUPT = 2, SYSTICK_CORE_CLOCK = 4 };
enum { SYSTICK_MAX = 0x7fffff }; /* of 24 bits; 2^23 ticks of 320 ns fit in 32 bits of nanoseconds */
