#pragma once

#define PORT_RING_BYTES (128u * 1024u)
#define PORT_ARENA_BYTES (256u * 1024u)

void timer_handler(void);
void uart_handler(void);

/* RP2350 data sheet 3.2: TIMER0_IRQ_0 is interrupt 0, UART0 33. TIMER0_IRQ_1 only ends a sleep and is never taken. */
#define PORT_EIGHT_NONE 0, 0, 0, 0, 0, 0, 0, 0
#define PORT_INTERRUPTS \
  timer_handler, 0, 0, 0, 0, 0, 0, 0, PORT_EIGHT_NONE, PORT_EIGHT_NONE, PORT_EIGHT_NONE, 0, uart_handler,
