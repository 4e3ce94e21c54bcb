#pragma once

#define PORT_RING_BYTES (128u * 1024u)
#define PORT_ARENA_BYTES (192u * 1024u)

void boot_entry(void);
void uart_handler(void);
void compare_handler(void);

/* The boot loader jumps here and sets neither the stack nor the vector table. */
#define PORT_RESET boot_entry

/* apollo3.h, IRQn_Type: UART0 is interrupt 15, STIMER_CMPR0 23. */
#define PORT_EIGHT_NONE 0, 0, 0, 0, 0, 0, 0, 0
#define PORT_INTERRUPTS PORT_EIGHT_NONE, 0, 0, 0, 0, 0, 0, 0, uart_handler, 0, 0, 0, 0, 0, 0, 0, compare_handler,
