#pragma once

#define PORT_RING_BYTES (96u * 1024u)
#define PORT_ARENA_BYTES (64u * 1024u)

void timer_handler(void);
void uart_handler(void);
void usb_handler(void);

/* RP2040 datasheet 2.3.2: TIMER_IRQ_0 is interrupt 0, USBCTRL 5, UART0 20. TIMER_IRQ_1 only ends a sleep and is never taken. */
#define PORT_INTERRUPTS \
  timer_handler, 0, 0, 0, 0, usb_handler, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, uart_handler, 0, 0, 0, 0, 0,
