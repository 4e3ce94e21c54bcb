/** MPS2 registers (Arm DAI 0385 and DAI 0386: memory map, SCC; CMSDK APB UART: DDI 0479). */
#pragma once

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

enum { UART0_BASE = 0x40004000, UART1_BASE = 0x40005000, SCC_BASE = 0x4002f000 };
/* CMSDK UART */
enum { UART_DATA = 0x00, UART_STATE = 0x04, UART_CTRL = 0x08, UART_INTCLEAR = 0x0c, UART_BAUDDIV = 0x10 };
enum { UART_TX_FULL = 1, UART_RX_FULL = 2, UART_TX_ON = 1, UART_RX_ON = 2, UART_RX_INTERRUPT = 8, UART_RX_CLEAR = 2 };
/* Serial configuration controller: LEDs, and the oscillators by a command interface */
enum { SCC_LEDS = 0x004, SCC_DATA_RETURN = 0x0a0, SCC_DATA_OUT = 0x0a4, SCC_CONTROL = 0x0a8, SCC_STATUS = 0x0ac };
#define SCC_START 0x80000000u
#define SCC_WRITE 0x40000000u
enum { SCC_OSCILLATOR = 1 << 20, SCC_COMPLETE = 1 };
