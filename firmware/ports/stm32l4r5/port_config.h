#pragma once

#define PORT_RING_BYTES (256u * 1024u)
#define PORT_ARENA_BYTES (256u * 1024u)

void dma_handler(void);
void tim2_handler(void);
void lptim1_handler(void);
void uart_handler(void);

/* RM0432, "Interrupt and exception vectors": DMA1 channel 1 is interrupt 11, TIM2 28, LPTIM1 65, LPUART1 70. */
#define PORT_EIGHT_NONE 0, 0, 0, 0, 0, 0, 0, 0
#define PORT_INTERRUPTS                                                                                       \
  PORT_EIGHT_NONE, 0, 0, 0, dma_handler, 0, 0, 0, 0, PORT_EIGHT_NONE, 0, 0, 0, 0, tim2_handler, 0, 0, 0, PORT_EIGHT_NONE, \
  PORT_EIGHT_NONE, PORT_EIGHT_NONE, PORT_EIGHT_NONE, 0, lptim1_handler, 0, 0, 0, 0, uart_handler,
