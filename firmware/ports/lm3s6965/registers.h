/** LM3S6965 registers (Texas Instruments data sheet: "System Control", "UART"). */
#pragma once

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

enum { SYSTEM_CONTROL = 0x400fe000, UART0_BASE = 0x4000c000, UART1_BASE = 0x4000d000 };
enum { LDOPCTL = SYSTEM_CONTROL + 0x034, RCC2 = SYSTEM_CONTROL + 0x070, RCGC1 = SYSTEM_CONTROL + 0x104 };
#define RCC2_USE 0x80000000u /* RCC2 overrides RCC */
enum { SYSDIV_SHIFT = 23, SYSDIV_MASK = 63, RCGC1_UART0 = 1, RCGC1_UART1 = 2 };
enum { UART_DR = 0x000, UART_FR = 0x018, UART_RXFE = 1 << 4, UART0_IRQ = 5, UART1_IRQ = 6 };
