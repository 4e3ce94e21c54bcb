/** The Pico around the bridge: pins, time, the UART's rings. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** Something that a GPIO interrupt saw. */
struct board_event {
  uint32_t micros;
  uint8_t markers;
  bool is_conversion; /**< ALERT fell; otherwise a marker line changed. */
};

/** Clocks, pins, UART at 921600 baud, I2C; interrupts are enabled on return. */
void board_init(void);

/** The next event, or false. Events that found no room are counted in `board_lost_events`. */
bool board_next_event(struct board_event *event);
uint32_t board_lost_events(void);

/** Forgets all events, lost ones included. */
void board_clear_events(void);


/** Takes a received byte, or -1. */
int board_take_byte(void);

/** Puts bytes into the transmit ring as a whole; false when they do not fit. */
bool board_put(const char *bytes, uint32_t count);

/** Sleeps until something has happened: a byte or an event. */
void board_wait(void);
