/** What board start-up needs of the UARTs beside port.h. */
#pragma once

/** Drops bytes that came before the start. */
void uart_forget_received(void);
