#pragma once

#define PORT_RING_BYTES (96u * 1024u)
#define PORT_ARENA_BYTES (128u * 1024u)

void uart_handler(void);
void timer_handler(void);

/* nrf52840.h, IRQn_Type: UARTE0_UART0 is interrupt 2, TIMER0 8. */
#define PORT_INTERRUPTS 0, 0, uart_handler, 0, 0, 0, 0, 0, timer_handler,
