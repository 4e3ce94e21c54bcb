#pragma once

#define PORT_RING_BYTES (24u * 1024u)
#define PORT_ARENA_BYTES (20u * 1024u)

void uart0_handler(void);
void uart1_handler(void);

/* LM3S6965 data sheet, "Interrupts": UART0 is interrupt 5, UART1 is 6. */
#define PORT_INTERRUPTS 0, 0, 0, 0, 0, uart0_handler, uart1_handler,
