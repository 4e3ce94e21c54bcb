#include "link.h"

#include "cpu.h"
#include "frames.h"
#include "port.h"

enum { TRANSMIT_BYTES = 2048, COMMAND_BYTES = 1024 };

static uint8_t transmit[TRANSMIT_BYTES];
static volatile uint32_t transmit_head, transmit_tail; /* running counts; the ring index is their remainder */
static uint8_t received[COMMAND_BYTES];
static volatile uint32_t received_head, received_tail;
static volatile bool to_frames;

/** Called by the port with interrupts masked or from its interrupt. */
int link_next_byte(void) {
  uint32_t tail = transmit_tail;
  if (tail == transmit_head) return -1;
  uint8_t byte = transmit[tail % TRANSMIT_BYTES];
  transmit_tail = tail + 1;
  return byte;
}

void link_receive(uint8_t byte) {
  if (to_frames) {
    frames_receive(byte);
    return;
  }
  uint32_t head = received_head;
  if (head - received_tail == COMMAND_BYTES) return;
  received[head % COMMAND_BYTES] = byte;
  received_head = head + 1;
}

void link_put(uint8_t byte) {
  uint32_t head = transmit_head;
  if (head - transmit_tail == TRANSMIT_BYTES) {
    port_uart_kick();
    uint32_t mask = cpu_mask_interrupts();
    while (head - transmit_tail == TRANSMIT_BYTES) {
      port_sleep();
      cpu_restore_interrupts(mask);
      mask = cpu_mask_interrupts();
    }
    cpu_restore_interrupts(mask);
  }
  transmit[head % TRANSMIT_BYTES] = byte;
  transmit_head = head + 1;
}

void link_send(void) {
  port_uart_kick();
}

void link_drain(void) {
  uint32_t mask = cpu_mask_interrupts();
  while (transmit_head != transmit_tail) {
    port_sleep();
    cpu_restore_interrupts(mask);
    mask = cpu_mask_interrupts();
  }
  cpu_restore_interrupts(mask);
  while (!port_uart_idle()) {
  }
}

int link_take(void) {
  uint32_t tail = received_tail;
  if (tail == received_head) return -1;
  uint8_t byte = received[tail % COMMAND_BYTES];
  received_tail = tail + 1;
  return byte;
}

void link_wait(void) {
  uint32_t mask = cpu_mask_interrupts();
  while (received_head == received_tail) {
    port_rest();
    cpu_restore_interrupts(mask);
    mask = cpu_mask_interrupts();
  }
  cpu_restore_interrupts(mask);
}

void link_frames(bool on) {
  uint32_t mask = cpu_mask_interrupts();
  to_frames = on;
  received_tail = received_head;
  cpu_restore_interrupts(mask);
}
