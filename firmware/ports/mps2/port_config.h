#pragma once

/* Room for networks of a hundred kilobytes of activations; what a bundle needs of it is checked against the chip (its profile). */
#define PORT_RING_BYTES (256u * 1024u)
#define PORT_ARENA_BYTES (256u * 1024u)

void uart0_handler(void);
void uart1_handler(void);

/* DAI 0385, "Interrupts": UART0 receives by interrupt 0, UART1 by 2. */
#define PORT_INTERRUPTS uart0_handler, 0, uart1_handler,
