#pragma once

void uart_handler(void);
void gpio_handler(void);
void i2c_handler(void);

/* RP2040 datasheet 2.3.2: IO_IRQ_BANK0 is interrupt 13, UART0 20, I2C0 23. */
#define PORT_INTERRUPTS \
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, gpio_handler, 0, 0, 0, 0, 0, 0, uart_handler, 0, 0, i2c_handler, 0, 0,
