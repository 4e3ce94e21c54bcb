#pragma once

/* RAM for received windows, and for activations: at least what the largest network of your bundles needs. */
#define PORT_RING_BYTES (24u * 1024u)
#define PORT_ARENA_BYTES (20u * 1024u)

void uart_handler(void);

/* The vector table from interrupt 0 on, up to the last one used: put uart_handler at the UART's number. */
#define PORT_INTERRUPTS uart_handler,
